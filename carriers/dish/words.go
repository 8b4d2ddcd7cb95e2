package dish

import (
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

// StateOf returns what a status word means; a word in none of the lists, or none at all, is Unknown.
func (w Words) StateOf(word string) carriers.State {
	switch {
	case carriers.Among(w.Pending, word):
		return carriers.Pending
	case carriers.Among(w.Done, word):
		return carriers.Done
	case carriers.Among(w.Failed, word):
		return carriers.Failed
	}
	return carriers.Unknown
}

// SubscriptionWords say what a subscriptionStatus means. DISH shows "Active" and no other (SPS - Subscription Profile
// Management v5); the words for suspended and ceased are ours. Case does not matter.
type SubscriptionWords struct {
	Active    []string `name:"active-words" env:"ACTIVE_WORDS" default:"Active" help:"Status words of an active subscription."`
	Suspended []string `name:"suspended-words" env:"SUSPENDED_WORDS" default:"Suspended" help:"Status words of a suspended subscription (default ours)."`
	Ceased    []string `name:"ceased-words" env:"CEASED_WORDS" default:"Ceased" help:"Status words of a ceased subscription (default ours)."`
}

// EffectOf compares what an action aims at with the subscriptionStatus a read shows.
//
// Active is documented, so any other word means that a Resume or Reactivate is Missing. The words for suspended and
// ceased are not: there a word nobody knows may be the right one and is Incomparable, and only a known other word is
// Missing. A read without a status is Incomparable.
func (w SubscriptionWords) EffectOf(action Action, subscriptionStatus string) carriers.Effect {
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

// EffectOfActivation tells whether a read shows an activated subscription.
func (w SubscriptionWords) EffectOfActivation(subscriptionStatus string) carriers.Effect {
	return w.EffectOf(Resume, subscriptionStatus)
}

func (w SubscriptionWords) knows(word string) bool {
	return carriers.Among(w.Active, word) || carriers.Among(w.Suspended, word) || carriers.Among(w.Ceased, word)
}
