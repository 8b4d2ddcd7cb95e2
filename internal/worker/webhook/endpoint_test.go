package webhook

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows"
)

const (
	key1 = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	key2 = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
)

// fileWith writes a file with endpoints.
func fileWith(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "webhooks.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestNoFileMeansNoWebhooks(t *testing.T) {
	w, err := Settings{}.Load()
	require.NoError(t, err)
	require.False(t, w.On())
	require.False(t, w.Wanted("stn.SetServices"))
	require.False(t, (*Webhooks)(nil).Wanted("stn.SetServices"))
}

func TestEndpointsAreReadFromYAMLAndJSON(t *testing.T) {
	secret := fileWith(t, key2+"\n")
	for name, text := range map[string]string{
		"YAML": "endpoints:\n- name: shop\n  url: https://shop.example/hooks\n  secrets: [" + key1 + ", 'file:" + secret + "']\n  carriers: [stn]\n  events: [operation.ended]\n",
		"JSON": `{"endpoints":[{"name":"shop","url":"https://shop.example/hooks","secrets":["` + key1 + `","file:` + secret + `"],"carriers":["stn"],"events":["operation.ended"]}]}`,
	} {
		w, err := Settings{File: fileWith(t, text)}.Load()
		require.NoError(t, err, name)
		require.True(t, w.On())
		require.Len(t, w.endpoints[0].signers, 2, name)
		require.True(t, w.Wanted("stn.SetServices"))
		require.False(t, w.Wanted("dish.UpdateSubscriptionStatus"))
		of := func(operation string, kind workflows.WebhookType) workflows.WebhookEvent {
			return workflows.WebhookEvent{Type: kind, Data: workflows.WebhookData{Operation: operation}}
		}
		require.True(t, w.endpoints[0].wants(of("stn.SetServices", workflows.WebhookEnded)))
		require.False(t, w.endpoints[0].wants(of("stn.SetServices", workflows.WebhookAccepted)))
		require.False(t, w.endpoints[0].wants(of("dish.UpdateSubscriptionStatus", workflows.WebhookEnded)))
	}
}

func TestADisabledEndpointWantsNothing(t *testing.T) {
	require.False(t, Endpoint{Disabled: true}.wantsOf("stn.SetServices"))
	require.True(t, Endpoint{}.wantsOf("stn.SetServices"))
	require.False(t, Endpoint{Operations: []string{"stn.Suspend"}}.wantsOf("stn.SetServices"))
}

// All faults are named at once, with their place, and without a secret.
func TestFaultsOfTheFile(t *testing.T) {
	const private = "geheim-geheim-geheim"
	path := fileWith(t, `
endpoints:
- name: Shop!
  url: http://shop.example/hooks
  secrets: [`+private+`, "file:/no/such/file"]
  carriers: [nobody]
  operations: [stn.Fly, stn.GetSIM]
  events: [operation.done]
- name: crm
  url: https://user:`+private+`@crm.example
- name: crm
  url: crm.example
  secrets: [whsec_c2hvcnQ=]
`)
	err := Settings{File: path, AllowPrivate: []string{"here"}}.Check()
	require.Error(t, err)
	require.NotContains(t, err.Error(), private)
	for _, want := range []string{
		"CARRIERFLOW_WEBHOOKS_FILE: " + path + ": endpoints[0].name", "endpoints[0].url: must begin with https; CARRIERFLOW_WEBHOOKS_ALLOW_HTTP",
		"endpoints[0].secrets[0]", "endpoints[0].secrets[1]: reading the secret", `endpoints[0].carriers[0]: there is no carrier "nobody"`,
		`endpoints[0].operations[0]: there is no operation type "stn.Fly"`, "endpoints[0].operations[1]: stn.GetSIM is a read",
		"endpoints[0].events[0]: there is no event type", "endpoints[1].url: must have no user", "endpoints[1].secrets: at least one",
		"endpoints[2].url: must be a URL", "endpoints[2].secrets[0]", `endpoints[2].name: "crm" is the name of another`,
		`CARRIERFLOW_WEBHOOKS_ALLOW_PRIVATE: "here" is no network`,
	} {
		require.Contains(t, err.Error(), want)
	}
}

func TestAFileOfAnotherForm(t *testing.T) {
	for text, want := range map[string]string{
		"endpoints:\n- nam: shop\n":            `line 2: there is no field "nam"`,
		"endpoints:\n- name: [whsec_geheim]\n": "line 2: the value is not of the form",
		"endpoints: {whsec_geheim":             "neither YAML nor JSON",
		"":                                     "at least one is needed",
		"endpoints: []":                        "at least one is needed",
	} {
		err := Settings{File: fileWith(t, text)}.Check()
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "geheim")
	}
	require.ErrorContains(t, Settings{File: "/no/such/file"}.Check(), "reading the endpoints of webhooks")
}
