// Package masmovil speaks the MásMóvil Customers API v2 on MasStack: typed requests and answers, the reading of risk
// decisions, and the classification of its errors.
//
// Facts come from the Subscriptions section of the Customers API v2 on developers.masstack.com. Everything those pages
// leave open (the path of a SIM replacement, of recharges, the meaning of risk letters) is configuration with a default of
// ours; see Config.
package masmovil
