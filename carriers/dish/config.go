package dish

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// carrier is the short name.
const carrier carriers.Carrier = "dish"

// Config is how to reach DISH, and everything that DISH does not document, with defaults of ours. The worker reads it from
// flags that begin with "dish-" and environment variables that begin with "DISH_".
type Config struct {
	transport.Options `embed:""`

	// DISH shows no method, and no whole path: of some it shows the end, and their help says so. All else is ours.
	ActivateMethod          string `env:"ACTIVATE_METHOD" default:"POST" help:"Method of Activate Subscription (default ours)."`
	ActivatePath            string `env:"ACTIVATE_PATH" default:"/subscription/activate" help:"Path of Activate Subscription (default ours)."`
	UpdateStatusMethod      string `env:"UPDATE_STATUS_METHOD" default:"POST" help:"Method of Update Subscription Status (default ours)."`
	UpdateStatusPath        string `env:"UPDATE_STATUS_PATH" default:"/subscription/status" help:"Path of Update Subscription Status (default ours)."`
	UpdateBillCycleMethod   string `env:"UPDATE_BILL_CYCLE_METHOD" default:"POST" help:"Method of the bill cycle update (default ours)."`
	UpdateBillCyclePath     string `env:"UPDATE_BILL_CYCLE_PATH" default:"/subscription/billCycle" help:"Path of the bill cycle update (default ours)."`
	ChangeNumberMethod      string `env:"CHANGE_NUMBER_METHOD" default:"POST" help:"Method of Change GPSI (default ours)."`
	ChangeNumberPath        string `env:"CHANGE_NUMBER_PATH" default:"/change" help:"Path of Change GPSI; DISH shows that it ends like this."`
	QuerySubscriptionMethod string `env:"QUERY_SUBSCRIPTION_METHOD" default:"GET" help:"Method of the subscription query (default ours)."`
	QuerySubscriptionPath   string `env:"QUERY_SUBSCRIPTION_PATH" default:"/subscription" help:"Path of the subscription query (default ours)."`
	TransactionStatusMethod string `env:"TRANSACTION_STATUS_METHOD" default:"GET" help:"Method of Get Transaction Status (default ours)."`
	TransactionStatusPath   string `env:"TRANSACTION_STATUS_PATH" default:"/transaction/status/{partnerTransactionId}" help:"Path of Get Transaction Status; where the id goes is written {partnerTransactionId}. DISH shows that it ends like this."`
	CheckSIMMethod          string `name:"check-sim-method" env:"CHECK_SIM_METHOD" default:"GET" help:"Method of the SIM check (default ours)."`
	CheckSIMPath            string `name:"check-sim-path" env:"CHECK_SIM_PATH" default:"/simCheck" help:"Path of the SIM check; DISH shows that it ends like this."`
	CheckDeviceMethod       string `env:"CHECK_DEVICE_METHOD" default:"GET" help:"Method of the device check (default ours)."`
	CheckDevicePath         string `env:"CHECK_DEVICE_PATH" default:"/compatibility" help:"Path of the device check; DISH shows that it ends like this."`
	CheckPortInMethod       string `env:"CHECK_PORT_IN_METHOD" default:"POST" help:"Method of the port-in check (default ours)."`
	CheckPortInPath         string `env:"CHECK_PORT_IN_PATH" default:"/portIn/eligibility" help:"Path of the port-in check (default ours)."`

	// PortInEligibleWords: DISH shows the word of a number that cannot be ported in, and none of one that can
	// (SPS - Port-In Management v5).
	PortInEligibleWords []string `env:"PORT_IN_ELIGIBLE_WORDS" default:"Accept,Eligible" help:"Words of the port-in check for a number that can be ported in (defaults ours)."`

	// Auth: DISH documents no way to authenticate, so the default is none.
	Auth         Auth             `env:"AUTH" enum:"none,header,oauth2" default:"none" help:"How to authenticate: none, header or oauth2 (default ours)."`
	AuthHeader   string           `env:"AUTH_HEADER" help:"With header: name of the header."`
	AuthValue    transport.Secret `env:"AUTH_VALUE" help:"With header: value of the header."`
	TokenURL     string           `name:"token-url" env:"TOKEN_URL" placeholder:"URL" help:"With oauth2: token endpoint for the client credentials grant."`
	ClientID     string           `name:"client-id" env:"CLIENT_ID" help:"With oauth2: client id."`
	ClientSecret transport.Secret `env:"CLIENT_SECRET" help:"With oauth2: client secret."`
	Scopes       []string         `env:"SCOPES" help:"With oauth2: scopes to ask for."`

	// WholesaleCustomerID goes with an operation that names no customer itself.
	WholesaleCustomerID string `name:"wholesale-customer-id" env:"WHOLESALE_CUSTOMER_ID" help:"Sub-node of the customer hierarchy, sent as wholesaleCustomerId where an operation gives none."`

	Codes        carriers.Codes    `embed:""`
	Words        Words             `embed:""`
	Subscription SubscriptionWords `embed:"" prefix:"subscription-" envprefix:"SUBSCRIPTION_"`

	// ReactivateQueryable: Reactivate is missing from the list of queryable transactions (SPS - Subscriptions v5).
	ReactivateQueryable bool `env:"REACTIVATE_QUERYABLE" help:"Get Transaction Status also answers for Reactivate, which its documentation does not list."`
}

// Auth is a way to authenticate.
type Auth string

// The ways to authenticate.
const (
	NoAuth     Auth = "none"
	HeaderAuth Auth = "header" // one fixed header
	OAuth2     Auth = "oauth2" // client credentials grant (RFC 6749, section 4.4)
)

// transactionID stands in TransactionStatusPath for the id.
const transactionID = "{partnerTransactionId}"

// Check names every fault together with the environment variable to set, and repeats no value that may be secret.
func (c Config) Check() error {
	faults := []error{c.Options.Check("DISH_")}
	fault := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	withBody, reads := []string{"POST", "PUT", "PATCH"}, []string{"GET", "POST"}
	for _, route := range []struct {
		name, method, path string
		methods            []string
	}{
		{"ACTIVATE", c.ActivateMethod, c.ActivatePath, withBody},
		{"UPDATE_STATUS", c.UpdateStatusMethod, c.UpdateStatusPath, withBody},
		{"UPDATE_BILL_CYCLE", c.UpdateBillCycleMethod, c.UpdateBillCyclePath, withBody},
		{"CHANGE_NUMBER", c.ChangeNumberMethod, c.ChangeNumberPath, withBody},
		{"QUERY_SUBSCRIPTION", c.QuerySubscriptionMethod, c.QuerySubscriptionPath, reads},
		{"TRANSACTION_STATUS", c.TransactionStatusMethod, c.TransactionStatusPath, reads},
		{"CHECK_SIM", c.CheckSIMMethod, c.CheckSIMPath, reads},
		{"CHECK_DEVICE", c.CheckDeviceMethod, c.CheckDevicePath, reads},
		{"CHECK_PORT_IN", c.CheckPortInMethod, c.CheckPortInPath, withBody},
	} {
		fault(slices.Contains(route.methods, route.method), "the method %q is none of %s: set DISH_%s_METHOD",
			route.method, strings.Join(route.methods, ", "), route.name)
		fault(strings.HasPrefix(route.path, "/") && !strings.ContainsAny(route.path, "?#"),
			"the path %q must begin with / and have no query: set DISH_%s_PATH", route.path, route.name)
	}
	fault(strings.Contains(c.TransactionStatusPath, transactionID),
		"the path %q does not say where the id goes: write %s in DISH_TRANSACTION_STATUS_PATH", c.TransactionStatusPath, transactionID)
	fault(utf8.RuneCountInString(c.WholesaleCustomerID) <= 12 && transport.ValidHeaderValue(c.WholesaleCustomerID),
		"the wholesale customer id must have at most 12 characters of printable ASCII: set DISH_WHOLESALE_CUSTOMER_ID")
	return errors.Join(append(append(faults, c.authFaults()...), c.wordFaults()...)...)
}

func (c Config) authFaults() (faults []error) {
	fault := func(ok bool, text string) {
		if !ok {
			faults = append(faults, errors.New(text))
		}
	}
	switch c.Auth {
	case NoAuth:
	case HeaderAuth:
		fault(httpguts.ValidHeaderFieldName(c.AuthHeader), "the header's name is missing or no header name: set DISH_AUTH_HEADER")
		fault(c.AuthValue != "" && transport.ValidHeaderValue(string(c.AuthValue)),
			"the header's value is missing or not printable ASCII: set DISH_AUTH_VALUE")
	case OAuth2:
		token, err := url.Parse(c.TokenURL)
		fault(err == nil && token.Hostname() != "" && (token.Scheme == "http" || token.Scheme == "https"),
			"the token URL must be http://… or https://…: set DISH_TOKEN_URL")
		fault(c.ClientID != "", "the client id is missing: set DISH_CLIENT_ID")
		fault(c.ClientSecret != "", "the client secret is missing: set DISH_CLIENT_SECRET")
	default:
		fault(false, "the way to authenticate is none of none, header, oauth2: set DISH_AUTH")
	}
	return faults
}

// portInWords are the words of the port-in check with their settings; Reject is documented (SPS - Port-In Management v5).
func (c Config) portInWords() carriers.Vocabulary {
	const setting = "DISH_PORT_IN_ELIGIBLE_WORDS"
	return carriers.Vocabulary{{Setting: setting, Words: c.PortInEligibleWords}, {Setting: setting, Words: []string{"Reject"}}}
}

func (c Config) wordFaults() (faults []error) {
	for _, words := range []carriers.Vocabulary{c.Words.vocabulary(), c.Subscription.lists(), c.portInWords()} {
		faults = append(faults, faultsOf(words))
	}
	return append(faults, c.Codes.Faults("DISH_"))
}

// faultsOf finds lists without a word, and words with two meanings.
func faultsOf(words carriers.Vocabulary) error {
	faults := []error{words.Faults()}
	for _, list := range words {
		if len(list.Words) == 0 {
			faults = append(faults, fmt.Errorf("there is no status word: set %s", list.Setting))
		}
	}
	return errors.Join(faults...)
}

// credentials are what Auth asks for.
func (c Config) credentials() transport.Credentials {
	switch c.Auth {
	case HeaderAuth:
		return transport.StaticHeader{Name: c.AuthHeader, Value: string(c.AuthValue)}
	case OAuth2:
		return transport.NewBearer(transport.Grant{
			URL: c.TokenURL, Form: c.tokenForm, ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		})
	}
	return transport.None{}
}

// tokenForm is a token request of the client credentials grant.
func (c Config) tokenForm() (url.Values, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(c.Scopes) > 0 {
		form.Set("scope", strings.Join(c.Scopes, " "))
	}
	return form, nil
}

func (c Config) readTransactionStatus(id string, body []byte) (TransactionStatus, error) {
	return readTransactionStatus(c.Words.vocabulary(), c.Codes.Success, id, body)
}

func (c Config) classify(status int, body []byte) (class carriers.Class, code, message string) {
	return classify(c.Codes, status, body)
}
