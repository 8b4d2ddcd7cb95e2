package form

import (
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows"
)

func TestKebab(t *testing.T) {
	for name, want := range map[string]string{
		"gpsi": "gpsi", "billCycleStartDay": "bill-cycle-start-day", "eSIMDeliveryMethod": "esim-delivery-method",
		"new_icc": "new-icc", "subscription_offer_segment": "subscription-offer-segment", "orgId": "org-id", "ipAddress": "ip-address",
		"bucketRefId": "bucket-ref-id", "ReplaceSIM": "replace-sim", "UpdateBillCycle": "update-bill-cycle",
	} {
		assert.Equal(t, want, Kebab(name))
	}
}

func TestWhichFieldsNameTheLine(t *testing.T) {
	one := []byte("1")
	for _, test := range []struct {
		operation string
		doc       Document
		want      bool
	}{
		{"dish.GetSubscription", Document{}, false},
		{"dish.GetSubscription", Document{"gpsi": one, "reference": one}, true},
		{"dish.GetSubscription", Document{"gpsi": one, "iccid": one}, false},
		{"stn.SetServices", Document{"services": one}, false},
		{"stn.SetServices", Document{"phoneNumber": one, "subscriptionId": one}, true},
		{"masmovil.ListDevices", Document{}, true},
	} {
		operation, known := workflows.OperationOf(test.operation)
		require.True(t, known)
		f, err := Of(operation.Info())
		require.NoError(t, err)
		assert.Equal(t, test.want, f.complete(test.doc), "%v %v", test.operation, test.doc)
	}
}

// A value that stands in a field's description is not listed once more.
func TestTheOnlyValueIsSaidOnce(t *testing.T) {
	assert.Empty(t, bounds(&jsonschema.Schema{Description: "QR is the only value", Enum: []any{"QR"}}))
	assert.Equal(t, "; one of QR", bounds(&jsonschema.Schema{Description: "how it is delivered", Enum: []any{"QR"}}))
	assert.Equal(t, "; one of A, B", bounds(&jsonschema.Schema{Description: "A when left out", Enum: []any{"A", "B"}}))
}
