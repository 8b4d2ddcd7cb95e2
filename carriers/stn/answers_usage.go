package stn

import "github.com/carrierflow/carrierflow/carriers"

// Usage is the answer of [ListUsage].
type Usage struct {
	Months []UsageMonth `json:"months" jsonschema_description:"what the line has used, the newest month first; empty when sTN shows nothing"`
	// Complete is false when the read was ended by its limits.
	Complete bool `json:"complete" jsonschema_description:"false when the limits of the read were reached, so that there may be more months"`
}

// UsageMonth is what a line has used in a month. In which units is shown in the details alone; -1 of a quantity is in the sample without a
// word, presumably for: unlimited. Numbers are texts, with all their digits.
type UsageMonth struct {
	ID                        carriers.Text `json:"id" jsonschema_description:"sTN's id of the summary"`
	SubscriptionID            carriers.Text `json:"subscriptionId,omitempty" jsonschema_description:"sTN's id of the subscription; personal"`
	PhoneNumber               carriers.Text `json:"phoneNumber,omitempty" jsonschema_description:"phone number; personal"`
	YearMonth                 carriers.Text `json:"yearMonth" jsonschema_description:"the month, such as 2026_03"`
	ProviderGroup             string        `json:"providerGroup,omitempty" jsonschema_description:"the network provider"`
	IsGroupSIM                any           `json:"isGroupSim,omitempty" jsonschema_description:"as sTN shows it"`
	QuantityInBundleHomeVoice carriers.Text `json:"quantityInBundleHomeVoice,omitempty" jsonschema_description:"calls in the bundle; personal"`
	UsageHomeVoice            carriers.Text `json:"usageHomeVoice,omitempty" jsonschema_description:"calls; personal"`
	QuantityInBundleHomeData  carriers.Text `json:"quantityInBundleHomeData,omitempty" jsonschema_description:"data in the bundle; personal"`
	UsageHomeData             carriers.Text `json:"usageHomeData,omitempty" jsonschema_description:"data; personal"`
	QuantityInBundleHomeSMS   carriers.Text `json:"quantityInBundleHomeSms,omitempty" jsonschema_description:"messages in the bundle; personal"`
	UsageHomeSMS              carriers.Text `json:"usageHomeSms,omitempty" jsonschema_description:"messages; personal"`
	AmountPremium             carriers.Text `json:"amountPremium,omitempty" jsonschema_description:"cost of premium services; personal"`
	AmountInternationalTotal  carriers.Text `json:"amountInternationalTotal,omitempty" jsonschema_description:"cost of international use; personal"`
	AmountTotalUsage          carriers.Text `json:"amountTotalUsage,omitempty" jsonschema_description:"cost of all use; personal"`
	UsageDetails              []UsageDetail `json:"usageDetails,omitempty" jsonschema_description:"the kinds of use; personal"`
	// DetailsLeftOut is how many of the details were more than the limit.
	DetailsLeftOut int `json:"detailsLeftOut,omitempty" jsonschema_description:"how many details were left out because there are too many"`
}

// UsageDetail is one kind of use in a month.
type UsageDetail struct {
	InvoiceLineCode carriers.Text `json:"invoiceLineCode,omitempty" jsonschema_description:"kind of use, for example INT_NAT"`
	Description     string        `json:"description,omitempty" jsonschema_description:"the same in words"`
	Quantity        carriers.Text `json:"quantity,omitempty" jsonschema_description:"how often; personal"`
	Volume          carriers.Text `json:"volume,omitempty" jsonschema_description:"how much; personal"`
	VolumeText      carriers.Text `json:"volumeStr,omitempty" jsonschema_description:"the same with its unit; personal"`
	Amount          carriers.Text `json:"amount,omitempty" jsonschema_description:"cost; personal"`
}
