// EVERYTHING IN THIS FILE IS INVENTED.
//
// sTN's public pages leave these things open, and a server has to do something. None of it is a fact about sTN: do not copy
// it into a client without making it configuration, and replace it once sTN has told.

package sandbox

import (
	"regexp"
	"strings"
)

// wordCancelled is the status of a record whose request was cancelled, and the porting status of a port-in. No page shows what follows
// CANCELLING. dueInDays is when the requests of made-up records are due: a record with an id such as TERMINATE-000034, OUTPORT-000036,
// ACTIVATENEW-000035 or INPORT-000037 is one whose request was made yesterday.
const (
	wordCancelled = "CANCELLED"
	dueInDays     = 30
)

// wordAccepted and wordPorted are what follows the porting status INIT; only CANCELLING is shown besides.
const (
	wordAccepted = "ACCEPTED"
	wordPorted   = "PORTED"
)

// monthsOfUsage is how many months a line has used something in, this one among them.
const monthsOfUsage = 3

// base is where sTN is on the sandbox. No page names its base URL.
const base = "/stn"

// wordUnknown is a status that no page shows.
const wordUnknown = "PARKED"

// mobilePayRead is how MOBILEPAY reads back; only "Internet Access" is shown.
const mobilePayRead = `"Mobile Pay"`

// defaultTake is how many results an answer has when no number is asked for; sTN documents neither it nor a largest one.
const defaultTake = 100

// textServices are the services with a text value and the values they know. sTN shows "Limit 50" as good, "Limit 12.5" as
// bad and two data usage notifications; the linked list of values could not be read.
var textServices = map[string]*regexp.Regexp{
	"dataRoamingLimitation": regexp.MustCompile(`^(Limit [1-9][0-9]*|No Limit)$`),
	"dataUsageNotification": regexp.MustCompile(`^Data Usage Notification [1-9][0-9]* MB$`),
	"accessType":            regexp.MustCompile(`^(INTERNETACCESS|MOBILEPAY)$`),
}

// numberPattern is what a phone number must look like without its dash. Only 06 numbers in national form are shown.
var numberPattern = regexp.MustCompile(`^0[0-9]{8,11}$`)

// stateSuspended is the state of a suspended line. It is shown once, in a filter (Advanced Query Parameters).
const stateSuspended = "SUSPENDED"

// firstState is the state of a made-up line: a subscription whose id begins with SUSPENDED is suspended.
func firstState(id string) string {
	if strings.HasPrefix(id, "SUSPENDED") {
		return stateSuspended
	}
	return stateActive
}

// suspendingTwiceFails: a request to suspend a suspended line, or to resume an active one, ends in ERROR.
const suspendingTwiceFails = true

// The statuses of SIM cards are documented; which cards have which is not. A card of a line is ACTIVATED, one that begins with
// these digits and has no line is FREE, and every other one belongs to a line.
const freeCards = "893199"

// foreignNumbers are the first digits of numbers that are at another provider until they are ported in, and newIDs those of the ids of
// subscriptions that are opened here. Reads make no line up for them.
const (
	foreignNumbers = "0698"
	newIDs         = "New"
)

// The states of lines that have ended. No page shows one, nor whether such a line is still listed.
const (
	stateTerminated = "TERMINATED"
	statePortedOut  = "PORTEDOUT"
)

// typeMove is the activationType of a move to another environment. The page shows a placeholder.
const typeMove = "MOVEENVIRONMENT"
