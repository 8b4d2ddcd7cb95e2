package masmovil

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// carrier is the short name.
const carrier carriers.Carrier = "masmovil"

// Where the tenant and the line stand in a path.
const (
	orgID          = "{orgId}"
	subscriptionID = "{subscriptionId}"
)

// Config is how to reach MásMóvil, and everything that its pages leave open, with defaults of ours. The worker reads it from
// flags that begin with "masmovil-" and environment variables that begin with "MASMOVIL_".
type Config struct {
	transport.Options `embed:""`

	// The page of the Products section documents the read with this path, and lost the method and path of the change. PUT is
	// how the same API adds a bonus.
	ProductChangeMethod string `name:"product-change-method" env:"PRODUCT_CHANGE_METHOD" default:"PUT" help:"Method of a change of the product (default ours)."`
	ProductChangePath   string `name:"product-change-path" env:"PRODUCT_CHANGE_PATH" default:"/orgs/{orgId}/subscriptions/{subscriptionId}/products" help:"Path of a change of the product (default ours)."`

	// The page of the Subscriptions section lists a SIM replacement and the recharges without method and path. The
	// recharges are only read, so their method is GET.
	SIMReplacementMethod string `name:"sim-replacement-method" env:"SIM_REPLACEMENT_METHOD" default:"POST" help:"Method of a SIM replacement (default ours)."`
	SIMReplacementPath   string `name:"sim-replacement-path" env:"SIM_REPLACEMENT_PATH" default:"/orgs/{orgId}/subscriptions/{subscriptionId}/sim_replacement" help:"Path of a SIM replacement (default ours)."`
	RechargesPath        string `name:"recharges-path" env:"RECHARGES_PATH" default:"/orgs/{orgId}/subscriptions/{subscriptionId}/recharges" help:"Path of the list of recharges (default ours)."`

	// Codes: of the refusals, MásMóvil shows BAD_REQUEST (Subscriptions).
	Codes carriers.Codes `embed:""`

	// FraudRequestsURL is the base of the Subscriptions API v1, where risk decisions can be read.
	FraudRequestsURL string `name:"fraud-requests-url" env:"FRAUD_REQUESTS_URL" placeholder:"URL" help:"Base of the Subscriptions API v1, to ask for risk decisions; when it is empty, risk decisions are not read."`
	Risk             Risk   `embed:"" prefix:"risk-" envprefix:"RISK_"`

	// BarringsURL is the base of the Barrings API v2, which has a host of its own.
	BarringsURL string `name:"barrings-url" env:"BARRINGS_URL" placeholder:"URL" help:"Base of the Barrings API v2, for barring masks and services; when it is empty, those operations are refused."`
	// AppliedMasksPath: the Partners API shows an answer with the masks of a line (subscriptionId, appliedBarringsMaskCodes), and
	// its path cannot be read. Version 2 of the Barrings API shows no such read.
	AppliedMasksPath string `name:"applied-masks-path" env:"APPLIED_MASKS_PATH" placeholder:"PATH" help:"Path below the Barrings API at which the masks of a line are read, with {orgId} and {subscriptionId} (ours); when it is empty, nothing shows whether masks are in effect."`

	// SubscriptionsURL is the base of the Subscriptions API v2, which has a host of its own and ids of its own.
	SubscriptionsURL string `name:"subscriptions-url" env:"SUBSCRIPTIONS_URL" placeholder:"URL" help:"Base of the Subscriptions API v2, for change requests; when it is empty, those operations are refused."`
	Tariff           Tariff `embed:"" prefix:"tariff-" envprefix:"TARIFF_"`
	// TariffField: the fields of a subscription of version 2 cannot be read.
	TariffField string `name:"tariff-field" env:"TARIFF_FIELD" placeholder:"NAME" help:"Field of a subscription of the Subscriptions API v2 that has the id of its product (ours); when it is empty, nothing shows whether a tariff is in effect."`

	// ActiveDeviceStatuses are compared with both halves of a device's status. The pages show ACTIVO as a sample value and
	// list no others.
	ActiveDeviceStatuses []string `name:"active-device-statuses" env:"ACTIVE_DEVICE_STATUSES" default:"ACTIVO" placeholder:"WORD" help:"Device statuses, by id or label, that mean the device is on the line (default ours)."`

	// BonusFilter: the page of the Bonuses section lists the words active, actual and inactive, and says of active only that it
	// leaves out bonuses that begin later.
	BonusFilter []string `name:"bonus-filter" env:"BONUS_FILTER" default:"actual" placeholder:"WORD" help:"Filter of the list of bonuses that shows those that begin later too (default ours)."`

	// BlockActiveClears: the page of the Barrings section describes the field active of a block in the words of a service.
	BlockActiveClears bool `name:"block-active-clears" env:"BLOCK_ACTIVE_CLEARS" help:"A block is taken away by active true and set by false; the other way round when left out (default ours)."`

	Grant `embed:""`

	// RolesHeader is off by default: samples of the Customers API v2 send x-auth-roles, no page explains it.
	RolesHeader string `name:"roles-header" env:"ROLES_HEADER" help:"Value of the header x-auth-roles; not sent when empty."`
}

// Check names every fault together with the environment variable to set, and repeats no value. It does not open the file of the
// service account; Connect does.
func (c Config) Check() error {
	faults := []error{c.Options.Check("MASMOVIL_")}
	fault := func(ok bool, text string) {
		if !ok {
			faults = append(faults, errors.New(text))
		}
	}
	fault(c.AppliedMasksPath == "" || validPath(c.AppliedMasksPath),
		fmt.Sprintf("the path must begin with /, name %s and %s, and have no query: set MASMOVIL_APPLIED_MASKS_PATH", orgID, subscriptionID))
	for what, method := range map[string]string{"SIM replacement": c.SIMReplacementMethod, "product change": c.ProductChangeMethod} {
		fault(slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, method),
			fmt.Sprintf("the method of a %s is none of POST, PUT, PATCH: set MASMOVIL_%s_METHOD", what, strings.ToUpper(strings.ReplaceAll(what, " ", "_"))))
	}
	for name, path := range map[string]string{
		"SIM_REPLACEMENT_PATH": c.SIMReplacementPath, "RECHARGES_PATH": c.RechargesPath, "PRODUCT_CHANGE_PATH": c.ProductChangePath,
	} {
		fault(validPath(path),
			fmt.Sprintf("the path must begin with /, name %s and %s, and have no query: set MASMOVIL_%s", orgID, subscriptionID, name))
	}
	for name, api := range map[string]struct{ what, url string }{
		"FRAUD_REQUESTS_URL": {"the fraud requests", c.FraudRequestsURL}, "BARRINGS_URL": {"the Barrings API", c.BarringsURL},
		"SUBSCRIPTIONS_URL": {"the Subscriptions API v2", c.SubscriptionsURL},
	} {
		fault(api.url == "" || c.at(api.url).Check("") == nil,
			fmt.Sprintf("the base of %s must be http://… or https://…, without user, query and fragment: set MASMOVIL_%s", api.what, name))
	}
	fault(transport.ValidHeaderValue(c.RolesHeader), "the value for x-auth-roles is not printable ASCII: set MASMOVIL_ROLES_HEADER")
	return errors.Join(append(faults, c.Risk.vocabulary().Faults(), c.Tariff.vocabulary().Faults(), c.Codes.Faults("MASMOVIL_"), c.Grant.fault())...)
}

// validPath reports whether a path of the settings names the line.
func validPath(path string) bool {
	return strings.HasPrefix(path, "/") && strings.Contains(path, orgID) && strings.Contains(path, subscriptionID) && !strings.ContainsAny(path, "?#")
}

// at are the options for another API: another place, the same limits.
func (c Config) at(baseURL string) transport.Options {
	options := c.Options
	options.BaseURL = baseURL
	return options
}

// Grant is how to get an access token: with an assertion that a service account signs (Authorization guide, Service
// account; RFC 7523). Without a service account no Authorization header is sent, which suits the sandbox alone.
type Grant struct {
	// ServiceAccount is the JSON file MasStack's staff hand out.
	ServiceAccount string `name:"service-account" env:"SERVICE_ACCOUNT" placeholder:"FILE" help:"Service account file (JSON); no credentials are sent when empty."`
	// TokenURL and Audience: the official text names neither the token's path nor the assertion's claims.
	TokenURL string   `name:"token-url" env:"TOKEN_URL" placeholder:"URL" help:"Token endpoint for the service account."`
	Audience string   `env:"AUDIENCE" help:"Audience of the assertion; the token URL when empty (default ours)."`
	Subject  string   `env:"SUBJECT" help:"Subject of the assertion; the service account's client_email when empty (default ours)."`
	Scopes   []string `env:"SCOPES" placeholder:"SCOPE" help:"Scopes to ask for in the assertion."`
}

// fault names what is wrong without opening the file.
func (g Grant) fault() error {
	switch {
	case g.ServiceAccount != "" && !webURL(g.TokenURL):
		return errors.New("a service account needs a token URL, http://… or https://…: set MASMOVIL_TOKEN_URL")
	case g.ServiceAccount == "" && g.TokenURL != "":
		return errors.New("a token URL needs a service account: set MASMOVIL_SERVICE_ACCOUNT")
	}
	return nil
}

// account is what is read of a service account's file.
type account struct {
	PrivateKeyID string `json:"private_key_id"`
	PrivateKey   string `json:"private_key"`
	ClientEmail  string `json:"client_email"`
}

// credentials reads the service account; it names no value of the file in an error.
func (g Grant) credentials() (transport.Credentials, error) {
	if g.ServiceAccount == "" {
		return transport.None{}, nil
	}
	file, err := os.ReadFile(g.ServiceAccount)
	if err != nil {
		return nil, fmt.Errorf("reading the service account, see MASMOVIL_SERVICE_ACCOUNT: %w", err)
	}
	var a account
	_ = json.Unmarshal(file, &a)
	key := rsaKey(a.PrivateKey)
	if a.PrivateKeyID == "" || a.ClientEmail == "" || key == nil {
		return nil, fmt.Errorf("%s, named by MASMOVIL_SERVICE_ACCOUNT, is not a JSON file with private_key_id, private_key (RSA, PEM) and client_email", g.ServiceAccount)
	}
	return transport.NewBearer(transport.Grant{URL: g.TokenURL, Form: func() (url.Values, error) {
		assertion, err := g.assertion(a, key, time.Now())
		if err != nil {
			return nil, errors.New("the assertion cannot be signed with the service account's key")
		}
		return url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}, nil
	}}), nil
}

// How long an assertion is good for, and how far its time of issue is put back for clocks that differ (ours).
const (
	assertionLifetime = time.Hour
	clockSkew         = 10 * time.Second
)

// assertion signs a JWT for one token request with RS256: issuer, subject, audience and expiry as RFC 7523 (section 3)
// requires, and an id of its own (RFC 7519, section 4.1.7), by which the endpoint can tell a repeated one.
func (g Grant) assertion(a account, key *rsa.PrivateKey, now time.Time) (string, error) {
	issued := now.Add(-clockSkew)
	claims := map[string]any{
		"iss": a.ClientEmail,
		"sub": cmp.Or(g.Subject, a.ClientEmail),
		"aud": cmp.Or(g.Audience, g.TokenURL),
		"iat": issued.Unix(),
		"exp": issued.Add(assertionLifetime).Unix(),
		"jti": uuid.NewString(),
	}
	if len(g.Scopes) > 0 {
		claims["scope"] = strings.Join(g.Scopes, " ")
	}
	var parts []string
	for _, part := range []any{map[string]string{"alg": "RS256", "typ": "JWT", "kid": a.PrivateKeyID}, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	signed := strings.Join(parts, ".")
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// rsaKey reads a private key in PEM; nil when it is none.
func rsaKey(text string) *rsa.PrivateKey {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key
	}
	key, _ := x509.ParsePKCS8PrivateKey(block.Bytes)
	pkcs8, _ := key.(*rsa.PrivateKey)
	return pkcs8
}

// webURL reports whether raw can be posted to.
func webURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Hostname() != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (c Config) classify(status int, body []byte) (class carriers.Class, code, message string) {
	return classify(c.Codes, status, body)
}

func (c Config) classifyBarrings(status int, body []byte) (class carriers.Class, code, message string) {
	return classifyBarrings(c.Codes, status, body)
}
