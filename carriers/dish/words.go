package dish

import (
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
)

// Words say what a transaction's status word means. DISH shows "Success" and no other (SPS - Subscriptions v5); every
// other default is ours. Case does not matter.
type Words struct {
	Pending []string `name:"pending-words" env:"PENDING_WORDS" default:"InProgress,Pending,Accepted,Submitted" help:"Status words of a transaction still being worked on (defaults ours)."`
	Done    []string `name:"done-words" env:"DONE_WORDS" default:"Success" help:"Status words of a transaction that succeeded."`
	Failed  []string `name:"failed-words" env:"FAILED_WORDS" default:"Failed,Failure,Error,Rejected,Cancelled" help:"Status words of a transaction that failed (defaults ours)."`
}

// vocabulary is what a transaction's status words mean; a word in none of the lists, or none at all, is Unknown.
func (w Words) vocabulary() carriers.Vocabulary {
	return carriers.Vocabulary{
		{State: carriers.Pending, Setting: "DISH_PENDING_WORDS", Words: w.Pending},
		{State: carriers.Done, Setting: "DISH_DONE_WORDS", Words: w.Done},
		{State: carriers.Failed, Setting: "DISH_FAILED_WORDS", Words: w.Failed},
	}
}

// SubscriptionWords say what a subscriptionStatus means. DISH shows "Active" and no other (SPS - Subscription Profile
// Management v5); the words for suspended and ceased are ours. Case does not matter.
type SubscriptionWords struct {
	Active    []string `name:"active-words" env:"ACTIVE_WORDS" default:"Active" help:"Status words of an active subscription."`
	Suspended []string `name:"suspended-words" env:"SUSPENDED_WORDS" default:"Suspended" help:"Status words of a suspended subscription (default ours)."`
	Ceased    []string `name:"ceased-words" env:"CEASED_WORDS" default:"Ceased" help:"Status words of a ceased subscription (default ours)."`
}

// lists are the words with their settings. What they mean depends on the action.
func (w SubscriptionWords) lists() carriers.Vocabulary {
	return carriers.Vocabulary{
		{Setting: "DISH_SUBSCRIPTION_ACTIVE_WORDS", Words: w.Active},
		{Setting: "DISH_SUBSCRIPTION_SUSPENDED_WORDS", Words: w.Suspended},
		{Setting: "DISH_SUBSCRIPTION_CEASED_WORDS", Words: w.Ceased},
	}
}

// effectOf compares what an action aims at with the subscriptionStatus a read shows.
//
// Active is documented, so any other word means that a Resume or Reactivate is Missing. The words for suspended and
// ceased are not: there a word nobody knows may be the right one and is Incomparable, and only a known other word is
// Missing. A read without a status is Incomparable.
func (w SubscriptionWords) effectOf(action Action, subscriptionStatus string) carriers.Effect {
	aim := map[Action][]string{Suspend: w.Suspended, Resume: w.Active, Cease: w.Ceased, Reactivate: w.Active}[action]
	switch {
	case aim == nil, strings.TrimSpace(subscriptionStatus) == "":
		return carriers.Incomparable
	case carriers.Among(aim, subscriptionStatus):
		return carriers.Shown
	case action == Resume, action == Reactivate, w.knows(subscriptionStatus):
		return carriers.Missing
	}
	return carriers.Incomparable
}

// effectOfActivation tells whether a read shows an activated subscription.
func (w SubscriptionWords) effectOfActivation(subscriptionStatus string) carriers.Effect {
	return w.effectOf(Resume, subscriptionStatus)
}

func (w SubscriptionWords) knows(word string) bool {
	return carriers.Among(w.Active, word) || carriers.Among(w.Suspended, word) || carriers.Among(w.Ceased, word)
}

// classify is the one reading of DISH's answers. The pages list numbers (200, 400, 401, 404, 409, 429, 500 beside other
// operations) and no error body, so what a body says beside them is a matter of configuration; see carriers.Codes. A 2xx
// holds an error when it has an error or an error code, and neither a status nor a subscription. One with a message alone
// does not: the message may be "accepted".
func classify(codes carriers.Codes, status int, body []byte) (class carriers.Class, code, message string) {
	answer, err := parse(body)
	says := err == nil && !answered(answer)
	if !says && status >= 200 && status < 300 {
		return "", "", "" // most answers: they contain no error, whatever else they contain
	}
	code, message = answer.explanation()
	failed := says && (code != "" || answer.text(errorNames...) != "" || answer.object(errorNames...) != nil)
	if class = codes.ClassOfAnswer(status, failed, code); class == "" {
		return "", "", ""
	}
	return class, code, message
}

// resultNames are what only an answer to a question has: one of them beside a code makes no error of it. The port-in check, for
// one, gives its reasons in a 2xx with a reasonCode (SPS - Port-In Management v5).
var resultNames = slices.Concat(checkNames, subscriberNames)

// answered reports whether an answer says what one of DISH's answers says.
func answered(f fields) bool {
	return f.text(statusNames...) != "" || f.has(resultNames...)
}
