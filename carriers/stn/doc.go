// Package stn speaks the sTN Partner API: typed requests and answers, the mapping of Activation statuses, and the
// classification of its errors.
//
// Facts come from developer.stn.nl (SetServicesSubscription, QueryActivation, QuerySubscription, error handling).
// Everything those pages leave open is configuration with a default of ours; see Config.
package stn
