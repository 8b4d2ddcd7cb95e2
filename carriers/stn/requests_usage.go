package stn

import (
	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
)

// ListUsage reads what a line has used, month by month (QueryUsageSubscription); the answer is [Usage]. It is limited: the newest
// months come first, and the answer says when there may be more.
type ListUsage struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference   string `json:"reference" jsonschema:"required"`
	PhoneNumber string `json:"phoneNumber" jsonschema:"required,minLength=1" jsonschema_description:"national number such as 0612345678"`
	YearMonth   string `json:"yearMonth,omitempty" jsonschema_description:"this month alone, such as 2026_03"`
	carriers.Options
}

// Operation is stn.ListUsage.
func (ListUsage) Operation() string { return "stn.ListUsage" }

// JSONSchemaExtend adds the form of the month.
func (ListUsage) JSONSchemaExtend(s *jsonschema.Schema) {
	if month, ok := s.Properties.Get("yearMonth"); ok {
		month.Pattern = monthPattern
	}
}

// monthPattern is a month as QueryCdrMonth and QueryUsageSubscription write it.
const monthPattern = `^[0-9]{4}_(0[1-9]|1[0-2])$`

// key is the number.
func (r ListUsage) key() string { return r.PhoneNumber }
