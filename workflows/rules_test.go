package workflows

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

// broken is one rule of an input's schema, broken by a patch of the smallest valid input.
type broken struct {
	patch, field, words string
}

// The words of the rules.
const (
	required    = "is required"
	foreign     = "is not a field of this operation"
	aString     = "must be of type string"
	anInteger   = "must be of type integer"
	anObject    = "must be of type object"
	aBoolean    = "must be of type boolean"
	anArray     = "must be of type array"
	notEmpty    = "must have at least 1 characters"
	numberMatch = "must be a phone number with its country code, of 11 to 15 digits"
	iccidMatch  = "must be an ICCID of 19 or 20 digits"
	anyLine     = "must match ^.*$"
	firstLetter = `must match ^[-a-zA-Z0-9\s].*$`
)

func tooLong(longest, got int) string {
	return fmt.Sprintf("must have at most %d characters, has %d", longest, got)
}

// text is a value of n characters, none of which a fault may repeat.
func text(n int) string { return `"` + strings.Repeat("Ω", n) + `"` }

// stnLine are the rules of the fields that name a line of sTN.
func stnLine() []broken {
	return []broken{
		{`{"subscriptionId":null}`, "", "at least one of subscriptionId, phoneNumber is required"},
		{`{"subscriptionId":""}`, "subscriptionId", notEmpty},
		{`{"subscriptionId":7}`, "subscriptionId", aString},
		{`{"phoneNumber":""}`, "phoneNumber", notEmpty},
	}
}

// stnContract are the rules of what a new line of sTN is.
func stnContract() []broken {
	return []broken{
		{`{"simCardNumber":"8931"}`, "simCardNumber", "must be a SIM card number of 19 or 20 digits"},
		{`{"providerEnvironment":"SP1"}`, "providerEnvironment", "must be one of SP16001, SP16002"},
		{`{"subscriptionType":"FAX"}`, "subscriptionType", "must be one of VOICEDATA, DATAONLY"},
		{`{"accessType":"Internet Access"}`, "accessType", "must be one of INTERNETACCESS, MOBILEPAY"},
		{`{"stnCustomerId":""}`, "stnCustomerId", notEmpty},
		{`{"services":{}}`, "services", "must have at least 1 entries"},
		{`{"services":{"voiceMail":1}}`, "services.voiceMail", "must be of type boolean or string"},
		{`{"confirmationCode":"1"}`, "eSim", "is required with confirmationCode"},
	}
}

// stnEarlierRequest are the rules of the fields that name an earlier request of sTN.
func stnEarlierRequest() []broken {
	return []broken{
		{`{"activationId":null}`, "activationId", required},
		{`{"activationId":""}`, "activationId", notEmpty},
		{`{"subscriptionId":""}`, "subscriptionId", notEmpty},
		{`{"phoneNumber":""}`, "phoneNumber", notEmpty},
		{`{"simCardNumber":"8931"}`, "simCardNumber", "must be a SIM card number of 19 or 20 digits"},
	}
}

// stnCancel are the rules of a cancel at sTN.
func stnCancel() []broken {
	return append(stnEarlierRequest(), []broken{
		{`{"note":""}`, "note", notEmpty},
		{`{"note":` + text(165) + `}`, "note", tooLong(164, 165)},
		{`{"wishDate":"2026-03-01"}`, "wishDate", "must be a valid date-time"},
	}...)
}

// digits is a value of n digits.
func digits(n int) string { return `"` + strings.Repeat("7", n) + `"` }

// common are the rules of the fields that all operations share.
func common() []broken {
	rules := []broken{
		{`{"reference":null}`, "reference", required},
		{`{"reference":7}`, "reference", aString},
		{`{"reference":""}`, "reference", "must match ^[A-Za-z0-9._-]{1,36}$"},
		{`{"reference":"a b"}`, "reference", "must match"},
		{`{"reference":` + digits(37) + `}`, "reference", "must match"},
		{`{"confirm":"yes"}`, "confirm", aBoolean},
		{`{"timings":"5m"}`, "timings", anObject},
		{`{"timings":{"retryEvery":"5m"}}`, "timings.retryEvery", foreign},
		{`{"extra":1}`, "extra", foreign},
		{`{"Reference":"r-2"}`, "Reference", foreign},
	}
	for _, field := range []string{"pollEvery", "overdueAfter", "overduePollEvery", "deadline", "confirmWithin", "lookupDelay", "callTimeout"} {
		for value, words := range map[string]string{`5`: aString, `"-5m"`: "must match", `"5"`: "must match", `""`: "must match", `"5 m"`: "must match", `"5w"`: "must match"} {
			rules = append(rules, broken{`{"timings":{"` + field + `":` + value + `}}`, "timings." + field, words})
		}
	}
	return rules
}

// bounded are the rules of a required text of 1 to 36 characters that begins with a letter, a digit, a hyphen or a space.
func bounded(field string) []broken {
	return []broken{
		{`{"` + field + `":null}`, field, required},
		{`{"` + field + `":7}`, field, aString},
		{`{"` + field + `":""}`, field, notEmpty},
		{`{"` + field + `":"_x"}`, field, firstLetter},
		{`{"` + field + `":"` + strings.Repeat("a", 37) + `"}`, field, tooLong(36, 37)},
	}
}

// optional are the rules of a text of 1 to longest characters on one line.
func optional(field string, longest int) []broken {
	return []broken{
		{`{"` + field + `":7}`, field, aString},
		{`{"` + field + `":""}`, field, notEmpty},
		{`{"` + field + `":"` + strings.Repeat("a", longest+1) + `"}`, field, tooLong(longest, longest+1)},
		{`{"` + field + `":"a\nb"}`, field, anyLine},
	}
}

// numeric are the rules of a string of digits.
func numeric(field string, fewest, most int) []broken {
	words := fmt.Sprintf("must match ^[0-9]{%d,%d}$", fewest, most)
	return []broken{
		{`{"` + field + `":7}`, field, aString},
		{`{"` + field + `":` + digits(fewest-1) + `}`, field, words},
		{`{"` + field + `":` + digits(most+1) + `}`, field, words},
		{`{"` + field + `":"+` + digits(fewest)[1:] + `}`, field, words},
	}
}

// spelled are the rules of a string of digits that people may group.
func spelled(field string, fewest, most int, words string) []broken {
	return []broken{
		{`{"` + field + `":7}`, field, aString},
		{`{"` + field + `":` + digits(fewest-1) + `}`, field, words},
		{`{"` + field + `":` + digits(most+1) + `}`, field, words},
		{`{"` + field + `":"x` + digits(fewest)[1:] + `}`, field, words},
	}
}

// object are the rules of an object with unknown fields.
func object(field string) []broken {
	return []broken{{`{"` + field + `":[]}`, field, anObject}, {`{"` + field + `":"x"}`, field, anObject}}
}

// masMovilLine are the rules of the path parameters that all MásMóvil operations share.
func masMovilLine() []broken {
	return []broken{
		{`{"orgId":null}`, "orgId", required},
		{`{"orgId":7}`, "orgId", aString},
		{`{"orgId":""}`, "orgId", notEmpty},
		{`{"orgId":"a/b"}`, "orgId", "must match ^[A-Za-z0-9_-]+$"},
		{`{"subscriptionId":null}`, "subscriptionId", required},
		{`{"subscriptionId":"70011223"}`, "subscriptionId", anInteger},
		{`{"subscriptionId":1.5}`, "subscriptionId", anInteger},
		{`{"subscriptionId":0}`, "subscriptionId", "must be at least 1"},
		{`{"subscriptionId":70011223.0}`, "", "cannot be read"},
		{`{"subscriptionId":99999999999999999999}`, "", "cannot be read"},
	}
}

func missing(field string) []broken { return []broken{{`{"` + field + `":null}`, field, required}} }

func billCycleDay(field string) []broken {
	return []broken{
		{`{"` + field + `":"15"}`, field, anInteger},
		{`{"` + field + `":0}`, field, "must be at least 1"},
		{`{"` + field + `":29}`, field, "must be at most 28"},
		{`{"` + field + `":2.5}`, field, anInteger},
	}
}

func only(field, value string) []broken {
	return []broken{{`{"` + field + `":"other"}`, field, "must be one of " + value}}
}

// rules are what fields ask for beyond their types.
var rules = map[string][][]broken{
	"dish.ActivateSubscription": {
		optional("wholesaleCustomerId", 12), bounded("subscriberId"), bounded("wholesalePlanId"), missing("location"), object("location"),
		{
			{`{"bucketRefId":"B"}`, "bucketRefId", anArray},
			{`{"bucketRefId":["B",""]}`, "bucketRefId.1", notEmpty},
			{`{"bucketRefId":[7]}`, "bucketRefId.0", aString},
			{`{"products":{}}`, "products", anArray},
			{`{"products":[{},7]}`, "products.1", anObject},
		},
		only("billCycleFrequency", "MONTHLY"), billCycleDay("billCycleStartDay"), spelled("gpsi", 11, 15, numberMatch), optional("gpsiReservationId", 36),
		spelled("iccid", 19, 20, iccidMatch), numeric("pei", 15, 17), numeric("eid", 19, 32), only("eSIMDeliveryMethod", "QR"),
	},
	"dish.UpdateSubscriptionStatus": {
		optional("wholesaleCustomerId", 12), missing("action"), only("action", "Suspend, Resume, Cease, Reactivate"), spelled("iccid", 19, 20, iccidMatch),
		{
			{`{"iccid":null}`, "", "exactly one of iccid, gpsi is required"},
			{`{"gpsi":"15550100123"}`, "", "give only one of the fields of which one is required"},
			{`{"iccid":null,"gpsi":"1555010012"}`, "gpsi", numberMatch},
		},
	},
	"dish.UpdateBillCycle": {
		optional("wholesaleCustomerId", 12), missing("gpsi"), spelled("gpsi", 11, 15, numberMatch), missing("billCycleFrequency"),
		only("billCycleFrequency", "MONTHLY"), missing("billCycleStartDay"), billCycleDay("billCycleStartDay"),
	},
	"dish.ChangeNumber": {
		optional("wholesaleCustomerId", 12), missing("gpsi"), spelled("gpsi", 11, 15, numberMatch), missing("newGpsi"), spelled("newGpsi", 11, 15, numberMatch),
		missing("gpsiReservationId"), optional("gpsiReservationId", 36),
	},
	"dish.GetTransactionStatus": {
		optional("wholesaleCustomerId", 12), missing("partnerTransactionId"), optional("partnerTransactionId", 36),
	},
	"dish.GetSubscription": {
		optional("wholesaleCustomerId", 12), spelled("iccid", 19, 20, iccidMatch),
		{
			{`{"iccid":null}`, "", "exactly one of gpsi, iccid, subscriberId is required"},
			{`{"gpsi":"15550100120"}`, "", "give only one of the fields of which one is required"},
			{`{"iccid":"8901"}`, "iccid", iccidMatch},
			{`{"iccid":null,"subscriberId":""}`, "subscriberId", notEmpty},
			{`{"iccid":null,"subscriberId":` + text(37) + `}`, "subscriberId", tooLong(36, 37)},
		},
	},
	"dish.CheckSIM": {optional("wholesaleCustomerId", 12), missing("iccid"), spelled("iccid", 19, 20, iccidMatch)},
	"dish.CheckDevice": {
		optional("wholesaleCustomerId", 12), numeric("pei", 15, 17),
		{
			{`{"pei":null}`, "", "exactly one of pei, tac is required"},
			{`{"tac":"35000000"}`, "", "give only one of the fields of which one is required"},
			{`{"pei":null,"tac":"3500000"}`, "tac", "must match ^[0-9]{8,16}$"},
			{`{"pei":null,"tac":"35000000123456789"}`, "tac", "must match ^[0-9]{8,16}$"},
		},
	},
	"dish.CheckPortIn": {optional("wholesaleCustomerId", 12), missing("gpsi"), spelled("gpsi", 11, 15, numberMatch)},
	"stn.SetServices": {{
		{`{"subscriptionId":null}`, "", "at least one of subscriptionId, phoneNumber is required"},
		{`{"subscriptionId":""}`, "subscriptionId", notEmpty},
		{`{"subscriptionId":7}`, "subscriptionId", aString},
		{`{"phoneNumber":""}`, "phoneNumber", notEmpty},
		{`{"phoneNumber":612345678}`, "phoneNumber", aString},
		{`{"services":null}`, "services", required},
		{`{"services":[]}`, "services", anObject},
		{`{"services":{}}`, "services", "must have at least 1 entries"},
		{`{"services":{"voiceMail":1}}`, "services.voiceMail", "must be of type boolean or string"},
		{`{"services":{"voiceMail":{}}}`, "services.voiceMail", "must be of type boolean or string"},
	}},
	"stn.Suspend": {stnLine()},
	"stn.Resume":  {stnLine()},
	"stn.SwapSIM": {stnLine(), {
		{`{"newSimCardNumber":null}`, "", "exactly one of newSimCardNumber, eSim is required"},
		{`{"eSim":true,"email":"a@b.example","confirmationCode":"1"}`, "", "give only one of the fields of which one is required"},
		{`{"newSimCardNumber":"8931"}`, "newSimCardNumber", "must be a SIM card number of 19 or 20 digits"},
		{`{"newSimCardNumber":null,"eSim":false,"email":"a@b.example","confirmationCode":"1"}`, "eSim", "must be true"},
		{`{"newSimCardNumber":null,"eSim":true,"confirmationCode":"1"}`, "email", "is required with eSim"},
		{`{"newSimCardNumber":null,"eSim":true,"email":"a@b.example"}`, "confirmationCode", "is required with eSim"},
		{`{"newSimCardNumber":null,"eSim":true,"email":"nobody","confirmationCode":"1"}`, "email", "must be a valid email"},
		{`{"newSimCardNumber":null,"eSim":true,"email":"a@b.example","confirmationCode":` + digits(11) + `}`, "confirmationCode", tooLong(10, 11)},
		{`{"confirmationCode":"1"}`, "eSim", "is required with confirmationCode"},
	}},
	"stn.Terminate": {stnLine(), {
		{`{"immediately":null}`, "", "exactly one of immediately, wishDate is required"},
		{`{"immediately":false}`, "immediately", "must be true"},
		{`{"wishDate":"2026-03-01T00:00:00Z"}`, "", "give only one of the fields of which one is required"},
		{`{"immediately":null,"wishDate":""}`, "wishDate", "must be a valid date-time"},
		{`{"immediately":null,"wishDate":"2026-03-01"}`, "wishDate", "must be a valid date-time"},
		{`{"immediately":null,"wishDate":"2026-03-01T00:00:00"}`, "wishDate", "must be a valid date-time"},
	}},
	"stn.PortOut": {stnLine(), {{`{"wishDate":"2026-03-01"}`, "wishDate", "must be a valid date-time"}}},
	"stn.MoveEnvironment": {stnLine(), missing("newProviderEnvironment"), {
		{`{"newProviderEnvironment":"SP16003"}`, "newProviderEnvironment", "must be one of SP16001, SP16002"},
		{`{"wishDate":"2026-03-01T00:00:00Z"}`, "wishDate", "must match"},
	}},
	"stn.NewSubscription": {stnContract(), {
		{`{"simCardNumber":null,"wishDate":null}`, "", "exactly one of simCardNumber, eSim is required"},
		{`{"wishDate":null}`, "wishDate", "is required with simCardNumber"},
		{`{"wishDate":"2026-03-01"}`, "wishDate", "must be a valid date-time"},
		{`{"eSim":true,"email":"a@b.example","confirmationCode":"1"}`, "", "give only one of the fields of which one is required"},
	}},
	"stn.PortIn": {missing("phoneNumber"), missing("donorCustomerNumber"), stnContract(), {
		{`{"phoneNumber":""}`, "phoneNumber", notEmpty},
		{`{"donorCustomerNumber":""}`, "donorCustomerNumber", notEmpty},
		{`{"donorCustomerName":""}`, "donorCustomerName", notEmpty},
		{`{"note":` + text(165) + `}`, "note", tooLong(164, 165)},
		{`{"portingWishDate":"2026-03-01"}`, "portingWishDate", "must be a valid date-time"},
		{`{"simCardNumber":null}`, "", "exactly one of simCardNumber, eSim is required"},
	}},
	"stn.CancelTerminate":       {stnCancel()},
	"stn.CancelNewSubscription": {stnCancel()},
	"stn.CancelPortOut":         {stnCancel()},
	"stn.CancelPortIn":          {stnCancel()},
	"stn.ChangePortIn": {stnEarlierRequest(), {
		{`{"donorCustomerNumber":null}`, "", "at least one of donorCustomerNumber, portingWishDate is required"},
		{`{"donorCustomerNumber":""}`, "donorCustomerNumber", notEmpty},
		{`{"portingWishDate":"2026-03-01"}`, "portingWishDate", "must be a valid date-time"},
	}},
	"stn.ListUsage": {missing("phoneNumber"), {
		{`{"phoneNumber":""}`, "phoneNumber", notEmpty},
		{`{"yearMonth":"2026-03"}`, "yearMonth", "must be a month such as 2026_03"},
		{`{"yearMonth":"2026_13"}`, "yearMonth", "must be a month such as 2026_03"},
	}},
	"stn.GetActivation": {missing("activationId"), {{`{"activationId":""}`, "activationId", notEmpty}}},
	"stn.GetSubscription": {{
		{`{"phoneNumber":null}`, "", "exactly one of phoneNumber, simCardNumber is required"},
		{`{"simCardNumber":"8931000000010000017"}`, "", "give only one of the fields of which one is required"},
		{`{"phoneNumber":null,"simCardNumber":"8931"}`, "simCardNumber", "must be a SIM card number of 19 or 20 digits"},
	}},
	"stn.GetSIM": {missing("simCardNumber"), {{`{"simCardNumber":"8931"}`, "simCardNumber", "must be a SIM card number of 19 or 20 digits"}}},
	"masmovil.GetSubscription": {masMovilLine(), {
		{`{"include":"origin"}`, "include", anArray},
		{`{"include":["sell_date"]}`, "include.0", "must be one of origin, selldate, historical_status"},
		{`{"include":["origin","origin"]}`, "include", "must not repeat an item"},
	}},
	"masmovil.ListDevices": {masMovilLine()},
	"masmovil.AddDevice": {
		masMovilLine(), missing("sell"), object("sell"), missing("client"), object("client"), missing("device"), object("device"),
		missing("subscription_offer_segment"), object("delivery_info"),
		{
			{`{"subscription_offer_segment":7}`, "subscription_offer_segment", aString},
			{`{"ipAddress":"::1"}`, "ipAddress", "must be a valid ipv4"},
			{`{"ipAddress":"10.0.0"}`, "ipAddress", "must be a valid ipv4"},
		},
	},
	"masmovil.ReplaceSIM": {
		masMovilLine(), missing("dealer_id"), missing("logistic"),
		{
			{`{"dealer_id":""}`, "dealer_id", notEmpty},
			{`{"dealer_id":7}`, "dealer_id", aString},
			{`{"shop_id":""}`, "shop_id", notEmpty},
			{`{"new_icc":""}`, "new_icc", notEmpty},
			{`{"new_icc":8934030000000000025}`, "new_icc", aString},
			{`{"logistic":"no"}`, "logistic", aBoolean},
			{`{"ipAddress":"host"}`, "ipAddress", "must be a valid ipv4"},
		},
	},
	"masmovil.AddBonus": {masMovilLine(), missing("bonusId"), {
		{`{"bonusId":"7001"}`, "bonusId", anInteger},
		{`{"bonusId":0}`, "bonusId", "must be at least 1"},
		{`{"scheduled_date":"01/02/2026"}`, "scheduled_date", "must be a valid date"},
	}},
	"masmovil.SetBlock": {masMovilLine(), missing("blockId"), missing("active"), {
		{`{"blockId":0}`, "blockId", "must be at least 1"},
		{`{"blockId":3}`, "blockId", "must be at most 2"},
		{`{"blockId":"1"}`, "blockId", anInteger},
		{`{"active":"yes"}`, "active", aBoolean},
		{`{"reason":""}`, "reason", notEmpty},
	}},
	"masmovil.ChangeProduct": {masMovilLine(), missing("productId"), {
		{`{"productId":"202"}`, "productId", anInteger},
		{`{"productId":0}`, "productId", "must be at least 1"},
		{`{"scheduled_date":"tomorrow"}`, "scheduled_date", "must be a valid date"},
	}},
	"masmovil.OperateBarringMasks": {masMovilLine(), missing("action"), missing("barringsMasksCodes"), {
		{`{"action":"DROP"}`, "action", "must be one of APPLY, REMOVE"},
		{`{"barringsMasksCodes":[]}`, "barringsMasksCodes", "must have at least 1 items"},
		{`{"barringsMasksCodes":["A","A"]}`, "barringsMasksCodes", "must not repeat an item"},
		{`{"barringsMasksCodes":"A"}`, "barringsMasksCodes", anArray},
		{`{"reason":"WHY"}`, "reason", "must be one of DEBT, RISK, MIGRATION, ATC, CUST"},
	}},
	"masmovil.ListServices": {masMovilLine()},
	"masmovil.ChangeTariff": {missing("orgId"), missing("subscriptionUuid"), missing("catalogue_bundled_commercial_product_id"), {
		{`{"orgId":"a b"}`, "orgId", "must match"},
		{`{"subscriptionUuid":"7B1E4C20-0000-4000-8000-000000000001"}`, "subscriptionUuid", "must be a UUID in lower case"},
		{`{"subscriptionUuid":7}`, "subscriptionUuid", aString},
		{`{"catalogue_bundled_commercial_product_id":""}`, "catalogue_bundled_commercial_product_id", notEmpty},
		{`{"catalogue_promotion_ids":["a","a"]}`, "catalogue_promotion_ids", "must not repeat an item"},
		{`{"date_scheduled":"2027-02-01"}`, "date_scheduled", "must be a valid date-time"},
		{`{"reason":""}`, "reason", notEmpty},
	}},
	"masmovil.ListRecharges": {masMovilLine(), {
		{`{"start_date":"01/02/2026"}`, "start_date", "must be a valid date"},
		{`{"start_date":7}`, "start_date", aString},
		{`{"end_date":"2026-02-30"}`, "end_date", "must be a valid date"},
	}},
}

func TestEveryRuleIsEnforced(t *testing.T) {
	for _, o := range Operations() {
		operation := o.Info().Type
		for _, group := range append(rules[operation], common(), typesOfFields(t, operation)) {
			for _, rule := range group {
				faults := Validate(operation, samples.Request(t, operation, rule.patch))
				require.NotEmpty(t, faults, "%s %s", operation, rule.patch)
				require.Truef(t, names(faults, rule), "%s %s: %v", operation, rule.patch, faults)
				requireNotRepeated(t, rule.patch, faults)
			}
		}
	}
}

// typesOfFields are the rules that every field has: the type of its value, and that it is there when it is required.
func typesOfFields(t *testing.T, operation string) (rules []broken) {
	var document struct {
		Properties map[string]struct{ Type string }
		Required   []string
	}
	require.NoError(t, json.Unmarshal(RequestSchema(operation), &document))
	for field, property := range document.Properties {
		wrong := map[string]string{"string": `7`, "integer": `"x"`, "boolean": `"x"`, "array": `{}`, "object": `[]`}[property.Type]
		require.NotEmpty(t, wrong, "%s: the field %s is of type %q", operation, field, property.Type)
		rules = append(rules, broken{`{"` + field + `":` + wrong + `}`, field, "must be of type " + property.Type})
	}
	for _, field := range document.Required {
		rules = append(rules, missing(field)...)
	}
	return rules
}

func names(faults []carriers.Fault, rule broken) bool {
	for _, f := range faults {
		if f.Field == rule.field && strings.Contains(f.Problem, rule.words) {
			return true
		}
	}
	return false
}

// requireNotRepeated checks that no fault shows a value of the input: it may be personal.
func requireNotRepeated(t *testing.T, patch string, faults []carriers.Fault) {
	t.Helper()
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(patch), &fields))
	for _, value := range fields {
		if s, ok := value.(string); ok && len(s) > 3 {
			for _, f := range faults {
				require.NotContains(t, f.Problem, s)
			}
		}
	}
}

// Every keyword of the schemas needs words for its faults, and rows in this file.
func TestEveryKeywordIsKnown(t *testing.T) {
	known := map[string]bool{}
	for _, keyword := range []string{
		"$schema", "$id", "title", "description", "type", "properties", "items", "required", "additionalProperties", "pattern", "enum",
		"minLength", "maxLength", "minimum", "maximum", "minProperties", "minItems", "uniqueItems", "format", "oneOf", "anyOf", "const",
		"dependentRequired",
	} {
		known[keyword] = true
	}
	var walk func(operation string, node any)
	walk = func(operation string, node any) {
		for keyword, value := range node.(map[string]any) {
			require.True(t, known[keyword], "%s uses %s; give collect its words and rules a row", operation, keyword)
			switch inner := value.(type) {
			case map[string]any:
				switch keyword {
				case "dependentRequired": // lists of fields, by field
					continue
				case "properties":
				default:
					walk(operation, inner)
					continue
				}
				for _, property := range inner {
					walk(operation, property)
				}
			}
		}
	}
	for _, o := range Operations() {
		var document map[string]any
		require.NoError(t, json.Unmarshal(RequestSchema(o.Info().Type), &document))
		walk(o.Info().Type, document)
	}
}

func TestFaultsAreNamedTogetherInAStableOrder(t *testing.T) {
	input := []byte(`{"reference":"r r","iccid":"12","action":"Pause","timings":{"lookupDelay":"soon","deadline":"never"},"extra":true}`)
	want := []carriers.Fault{
		{Field: "action", Problem: "must be one of Suspend, Resume, Cease, Reactivate"},
		{Field: "extra", Problem: foreign},
		{Field: "iccid", Problem: iccidMatch},
		{Field: "reference", Problem: "must match ^[A-Za-z0-9._-]{1,36}$"},
		{Field: "timings.deadline", Problem: `must match ^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$`},
		{Field: "timings.lookupDelay", Problem: `must match ^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$`},
	}
	for range 20 {
		require.Equal(t, want, Validate(suspend, input))
	}
}

// The shortest and the longest of each timing; what is out of bounds is named with its bound, and the bounds are documented.
func TestTimingsHaveBounds(t *testing.T) {
	contract, err := os.ReadFile(filepath.Join("..", "docs", "contract.md"))
	require.NoError(t, err)
	for _, row := range []struct{ field, tooShort, least, most, tooLong string }{
		{"pollEvery", "49ms", "50ms", "24h", "24h1s"},
		{"overdueAfter", "999ms", "1s", "366d", "366d1s"},
		{"overduePollEvery", "1ms", "50ms", "24h", "2d"},
		{"deadline", "0.5s", "1s", "366d", "2000000h"},
		{"confirmWithin", "99ms", "100ms", "24h", "25h"},
		{"lookupDelay", "99ms", "100ms", "1h", "1d"},
		{"callTimeout", "999ms", "1s", "10m", "10m1s"},
	} {
		require.Contains(t, string(contract), "| "+row.least+" to "+row.most+" |", row.field)
		for _, o := range Operations() {
			for value, want := range map[string][]carriers.Fault{
				row.tooShort:      {{Field: "timings." + row.field, Problem: "must be at least " + row.least}},
				row.tooLong:       {{Field: "timings." + row.field, Problem: "must be at most " + row.most}},
				"99999999999999d": {{Field: "timings." + row.field, Problem: "must be at most " + row.most}}, // more than a duration holds
				row.least:         nil,
				row.most:          nil,
				"0s":              nil, // the default
			} {
				input := samples.Request(t, o.Info().Type, `{"timings":{"`+row.field+`":"`+value+`"}}`)
				require.Equal(t, want, Validate(o.Info().Type, input), "%s: %s", o.Info().Type, input)
			}
			require.Contains(t, string(RequestSchema(o.Info().Type)), "; "+row.least+" to "+row.most+`"`, "%s: described", row.field)
		}
	}
	for _, o := range Operations() {
		defaults, err := json.Marshal(map[string]any{"timings": o.Info().Timings})
		require.NoError(t, err)
		require.Empty(t, Validate(o.Info().Type, samples.Request(t, o.Info().Type, string(defaults))), "the defaults are within the bounds")
	}
}

func TestTimingsOutOfBoundsAreNamedWithEveryOtherFault(t *testing.T) {
	input := []byte(`{"reference":"r r","iccid":"89010000000000000017","action":"Suspend","timings":{"pollEvery":"1ms","lookupDelay":"soon","deadline":"2000000h","retryEvery":"5m"}}`)
	want := []carriers.Fault{
		{Field: "reference", Problem: "must match ^[A-Za-z0-9._-]{1,36}$"},
		{Field: "timings.deadline", Problem: "must be at most 366d"},
		{Field: "timings.lookupDelay", Problem: `must match ^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$`},
		{Field: "timings.pollEvery", Problem: "must be at least 50ms"},
		{Field: "timings.retryEvery", Problem: foreign},
	}
	for range 20 {
		require.Equal(t, want, Validate(suspend, input))
	}
}

func TestInputsThatAreNoObject(t *testing.T) {
	for input, want := range map[string]string{
		``: "the input is missing", ` `: "the input is missing", `{`: "the input is not JSON", `{} x`: "the input is not JSON",
		`null`: anObject, `[]`: anObject, `"x"`: anObject, `7`: anObject,
	} {
		require.Equal(t, []carriers.Fault{{Problem: want}}, Validate(suspend, json.RawMessage(input)), input)
	}
}

// A field name that is none may be a misplaced value.
func TestAnUnknownFieldsNameIsRedacted(t *testing.T) {
	faults := Validate(suspend, samples.Request(t, suspend, `{"15550100123":true}`))
	require.Equal(t, []carriers.Fault{{Field: "…", Problem: foreign}}, faults)
}
