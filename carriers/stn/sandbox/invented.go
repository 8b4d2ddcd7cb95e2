// EVERYTHING IN THIS FILE IS INVENTED.
//
// sTN's public pages leave these things open, and a server has to do something. None of it is a fact about sTN: do not copy
// it into a client without making it configuration, and replace it once sTN has told.

package sandbox

import "regexp"

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
