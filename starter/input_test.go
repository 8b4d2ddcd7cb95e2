package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/starter/internal/form"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestFlagsBecomeInput(t *testing.T) {
	dir := t.TempDir()
	location := filepath.Join(dir, "location.json")
	require.NoError(t, os.WriteFile(location, []byte(" {\"zip\": 80112}\n"), 0o600))
	tests := map[string]struct {
		args  string // separated by |
		input string
	}{
		"dish.ActivateSubscription": {
			"dish|activate|--reference=r-1|--subscriber-id=S 1|--wholesale-plan-id=P|--location=@" + location +
				"|--bucket-ref-id=a,b|--bucket-ref-id=c|--bill-cycle-start-day=5|--bill-cycle-frequency=MONTHLY|--iccid=8901000000000000017" +
				"|--esim-delivery-method=QR|--product={\"id\":12345678901234567890,\"a\":\"x,y\"}|--products=[{\"id\":2},{\"id\":3}]" +
				"|--wholesale-customer-id=W|--no-confirm|--poll-every=5s|--call-timeout=1m",
			`{"reference":"r-1","subscriberId":"S 1","wholesalePlanId":"P","location":{"zip":80112},"bucketRefId":["a","b","c"],
			"billCycleStartDay":5,"billCycleFrequency":"MONTHLY","iccid":"8901000000000000017","eSIMDeliveryMethod":"QR",
			"products":[{"id":12345678901234567890,"a":"x,y"},{"id":2},{"id":3}],"wholesaleCustomerId":"W","confirm":false,
			"timings":{"pollEvery":"5s","callTimeout":"1m"}}`,
		},
		"dish.UpdateSubscriptionStatus": {
			"dish|update-status|--reference=r-1|--gpsi=15550100123|--action=Suspend|--confirm|--deadline=48h",
			`{"reference":"r-1","gpsi":"15550100123","action":"Suspend","confirm":true,"timings":{"deadline":"48h"}}`,
		},
		"dish.UpdateBillCycle": {
			"dish|update-bill-cycle|--reference|r-1|--gpsi|15550100123|--bill-cycle-frequency|MONTHLY|--bill-cycle-start-day|28",
			`{"reference":"r-1","gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":28}`,
		},
		"dish.GetTransactionStatus": {
			"dish|get-transaction-status|--reference=r-1|--partner-transaction-id=<t>&1",
			`{"reference":"r-1","partnerTransactionId":"<t>&1"}`,
		},
		"dish.GetSubscription": {
			"dish|get-subscription|--reference=r-1|--iccid=89010000000000000017",
			`{"reference":"r-1","iccid":"89010000000000000017"}`,
		},
		"dish.ChangeNumber": {
			"dish|change-number|--reference=r-1|--gpsi=15550100123|--new-gpsi=+1 556 010 0123|--gpsi-reservation-id=RSV-1",
			`{"reference":"r-1","gpsi":"15550100123","newGpsi":"+1 556 010 0123","gpsiReservationId":"RSV-1"}`,
		},
		"dish.CheckSIM":    {"dish|check-sim|--reference=r-1|--iccid=89010000000000000017", `{"reference":"r-1","iccid":"89010000000000000017"}`},
		"dish.CheckDevice": {"dish|check-device|--reference=r-1|--tac=35000000", `{"reference":"r-1","tac":"35000000"}`},
		"dish.CheckPortIn": {"dish|check-port-in|--reference=r-1|--gpsi=15550100123", `{"reference":"r-1","gpsi":"15550100123"}`},
		"stn.SetServices": {
			"stn|set-services|--reference=r-1|--phone-number=0612345678|--service=DATA=true|--service=VOICE=false|--service=limit=Limit 50, x=y" +
				"|--services={\"sms\":true,\"text\":\"true\"}|--service=n=12",
			`{"reference":"r-1","phoneNumber":"0612345678",
			"services":{"DATA":true,"VOICE":false,"limit":"Limit 50, x=y","sms":true,"text":"true","n":"12"}}`,
		},
		"masmovil.GetSubscription": {
			"masmovil|get-subscription|--reference=r-1|--org-id=yoigo|--subscription-id=9007199254740993|--include=origin,selldate",
			`{"reference":"r-1","orgId":"yoigo","subscriptionId":9007199254740993,"include":["origin","selldate"]}`,
		},
		"masmovil.ListDevices": {
			"masmovil|list-devices|--reference=r-1|--org-id=yoigo|--subscription-id=7",
			`{"reference":"r-1","orgId":"yoigo","subscriptionId":7}`,
		},
		"masmovil.AddDevice": {
			"masmovil|add-device|--reference=r-1|--org-id=yoigo|--subscription-id=7|--ip-address=192.0.2.1|--sell={}|--client={\"a\":1}" +
				"|--device={}|--subscription-offer-segment=S|--delivery-info={\"b\":null}",
			`{"reference":"r-1","orgId":"yoigo","subscriptionId":7,"ipAddress":"192.0.2.1","sell":{},"client":{"a":1},"device":{},
			"subscription_offer_segment":"S","delivery_info":{"b":null}}`,
		},
		"masmovil.ReplaceSIM": {
			"masmovil|replace-sim|--reference=r-1|--org-id=yoigo|--subscription-id=7|--dealer-id=D|--shop-id=S|--logistic=false|--new-icc=893401",
			`{"reference":"r-1","orgId":"yoigo","subscriptionId":7,"dealer_id":"D","shop_id":"S","logistic":false,"new_icc":"893401"}`,
		},
		"masmovil.ListRecharges": {
			"masmovil|list-recharges|--reference=r-1|--org-id=yoigo|--subscription-id=7|--start-date=2026-01-01|--end-date=2026-01-31",
			`{"reference":"r-1","orgId":"yoigo","subscriptionId":7,"start_date":"2026-01-01","end_date":"2026-01-31"}`,
		},
	}
	for operation, test := range tests {
		t.Run(operation, func(t *testing.T) { assertInput(t, operation, test.input, strings.Split(test.args, "|")...) })
	}
}

// Every example of an operation can be given as flags.
func TestExamplesAsFlags(t *testing.T) {
	for _, o := range workflows.Operations() {
		for _, example := range o.Info().Examples {
			written, err := json.Marshal(example.Request)
			require.NoError(t, err)
			var fields map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(written, &fields))
			args := []string{string(o.Info().Carrier()), commandName(o.Info())}
			for name, value := range fields {
				args = append(args, "--"+form.Kebab(name)+"="+asFlag(t, value))
			}
			t.Run(o.Info().Type+" "+example.Title, func(t *testing.T) { assertInput(t, o.Info().Type, string(written), args...) })
		}
	}
}

// asFlag writes a value of a request as a person would: a text without quotes, a list of texts with commas.
func asFlag(t *testing.T, value json.RawMessage) string {
	t.Helper()
	var list []string
	if json.Unmarshal(value, &list) == nil {
		return strings.Join(list, ",")
	}
	if text, err := strconv.Unquote(string(value)); err == nil {
		return text
	}
	return string(value)
}

func assertInput(t *testing.T, operation, want string, args ...string) {
	t.Helper()
	c := commandFor(t, args...)
	assert.Equal(t, operation, c.info.Type)
	input, err := c.form.Request(c.flags, c.options.Input, strings.NewReader(""), nil)
	require.NoError(t, err)
	assertSameJSON(t, want, string(input))
}

// assertSameJSON compares without reading a number as a float64.
func assertSameJSON(t *testing.T, want, got string) {
	t.Helper()
	assert.Equal(t, ordered(t, want), ordered(t, got))
}

func TestInputFile(t *testing.T) {
	file := `{"reference":"from-file","iccid":"8901000000000000017","action":"Suspend","timings":{"pollEvery":"1s","lookupDelay":"2s"}}`
	c := commandFor(t, "dish", "update-status", "--input=-", "--action=Resume", "--poll-every=9s", "--deadline=1h")
	input, err := c.form.Request(c.flags, c.options.Input, strings.NewReader(file), nil)
	require.NoError(t, err)
	assertSameJSON(t, `{"reference":"from-file","iccid":"8901000000000000017","action":"Resume",
		"timings":{"pollEvery":"9s","lookupDelay":"2s","deadline":"1h"}}`, string(input))

	name := filepath.Join(t.TempDir(), "input.json")
	require.NoError(t, os.WriteFile(name, []byte(`{"phoneNumber":"0612345678","services":{"a":true,"b":"x"},"timings":null}`), 0o600))
	c = commandFor(t, "stn", "set-services", "--input", name, "--service=b=y", "--lookup-delay=1s")
	input, err = c.form.Request(c.flags, c.options.Input, strings.NewReader(""), func() string { return "made-up" })
	require.NoError(t, err)
	assertSameJSON(t, `{"reference":"made-up","phoneNumber":"0612345678","services":{"a":true,"b":"y"},"timings":{"lookupDelay":"1s"}}`, string(input))
}

func TestBadInputStartsNothing(t *testing.T) {
	const noFile = "no-such-file.json"
	tests := map[string]struct {
		stdin string
		args  []string
		says  []string // in the error
		not   []string
	}{
		"every fault at once": {
			args: []string{"dish", "update-bill-cycle", "--gpsi=abc", "--bill-cycle-start-day=five", "--poll-every=soon", "--reference=no spaces"},
			says: []string{
				"\n  --gpsi: must be a phone number", "\n  --bill-cycle-start-day: must be of type integer", "\n  --bill-cycle-frequency: is required",
				"\n  --poll-every: must be a duration such as 90s", "\n  --reference: must be 1 to 36 of A-Z a-z 0-9 . _ -", "nothing was started", "starter dish update-bill-cycle --help",
			},
			not: []string{"abc", "five", "soon", "no spaces"},
		},
		"too large": {
			args: []string{"dish", "update-bill-cycle", "--gpsi=15550100123", "--bill-cycle-frequency=MONTHLY", "--bill-cycle-start-day=31"},
			says: []string{"--bill-cycle-start-day: must be at most 28"},
		},
		"which line": {
			args: []string{"dish", "get-subscription"},
			says: []string{"--gpsi, --iccid, --subscriber-id: exactly one of gpsi, iccid, subscriberId is required"},
		},
		"two lines": {
			args: []string{"dish", "update-status", "--action=Cease", "--gpsi=15550100123", "--iccid=8901000000000000017"},
			says: []string{"--iccid, --gpsi: give only one"},
		},
		"unreadable flags": {
			args: []string{
				"dish", "activate", "--subscriber-id=S", "--wholesale-plan-id=P", "--location=@" + noFile, "--product={", "--product=7",
			},
			says: []string{"--location: open no-such-file.json", "--product: is not JSON"},
			not:  []string{"--location: is required"},
		},
		"not an object": {
			args: []string{"dish", "activate", "--subscriber-id=S", "--wholesale-plan-id=P", "--location=7"},
			says: []string{"--location: must be of type object"},
		},
		"logistic has no default": {
			args: []string{"masmovil", "replace-sim", "--org-id=o", "--subscription-id=1", "--dealer-id=D"},
			says: []string{"--logistic: is required"},
		},
		"logistic is true or false": {
			args: []string{"masmovil", "replace-sim", "--org-id=o", "--subscription-id=1", "--dealer-id=D", "--logistic=online"},
			says: []string{"--logistic: must be of type boolean"},
		},
		"services": {
			args: []string{"stn", "set-services", "--phone-number=0612345678", "--service=DATA"},
			says: []string{"--service: must be KEY=VALUE"},
		},
		"no services": {
			args: []string{"stn", "set-services", "--phone-number=0612345678"},
			says: []string{"--service: is required"},
		},
		"from a file": {
			stdin: `{"colour":1,"timings":{"pollEvery":"x"},"iccid":"8901000000000000017","action":"Dance"}`,
			args:  []string{"dish", "update-status", "--input=-"},
			says:  []string{"\n  colour: is not a field", "\n  --poll-every (timings.pollEvery): must be a duration such as 90s", "\n  --action: must be one of"},
		},
		"a file that is a list": {stdin: `[]`, args: []string{"dish", "update-status", "--input=-"}, says: []string{"--input - is not a JSON object"}},
		"a file that is null":   {stdin: `null`, args: []string{"dish", "update-status", "--input=-"}, says: []string{"--input - is not a JSON object"}},
		"no file":               {args: []string{"dish", "update-status", "--input", noFile}, says: []string{"reading --input: open no-such-file.json"}},
		"timings that are none": {
			stdin: `{"timings":"fast"}`, args: []string{"dish", "update-status", "--input=-", "--poll-every=1s"},
			says: []string{"--poll-every: timings is not a JSON object in the input"},
		},
		"a number with a fraction": {
			stdin: `{"gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":5.0}`,
			args:  []string{"dish", "update-bill-cycle", "--input=-"}, says: []string{"the input cannot be read: a number is too large"},
		},
		"a large number with a fraction": {
			stdin: `{"orgId":"o","subscriptionId":1.0}`, args: []string{"masmovil", "get-subscription", "--input=-"},
			says: []string{"the input cannot be read: a number is too large"},
		},
		"unknown flag": {args: []string{"dish", "update-bill-cycle", "--location={}"}, says: []string{"unknown flag --location", "starter dish update-bill-cycle --help"}},
		"unknown flag of a command with two names": {args: []string{"dish", "activate", "--colour=red"}, says: []string{`"bin/starter dish activate-subscription --help"`}},
		"unknown command":                          {args: []string{"dish", "explode"}, says: []string{"explode", "starter dish --help"}},
		"no operation":                             {args: []string{"dish"}, says: []string{"activate"}},
		"no id":                                    {args: []string{"status"}, says: []string{"<id>"}},
		"list of nothing":                          {args: []string{"list", "--limit=0"}, says: []string{"--limit must be at least 1"}},
		"list of nobody":                           {args: []string{"list", "--carrier=x"}, says: []string{`--carrier must be one of "dish","stn","masmovil"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := tryWith(t.Context(), t, nil, test.stdin, test.args...)
			assert.Equal(t, int(exitUsage), got.code)
			assert.Empty(t, got.stdout)
			for _, text := range test.says {
				assert.Contains(t, got.stderr, text)
			}
			for _, text := range test.not {
				assert.NotContains(t, got.stderr, text)
			}
		})
	}
}
