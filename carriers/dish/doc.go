// Package dish speaks DISH Wireless SPS v5: typed requests and answers, the mapping of its status words, the
// classification of its errors, and the decoding of its callbacks.
//
// Documented facts name their page: "SPS - Subscriptions (v5)" and "SPS - Subscription Profile Management (v5)" on
// developer.dishwireless.com. Everything those pages leave open (base URL, paths, authentication, callback body, status
// words beyond "Success") is configuration with a default of ours; see Config.
package dish
