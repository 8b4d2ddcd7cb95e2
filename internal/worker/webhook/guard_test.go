package webhook

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsNotPublicIsRefused(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1:443", "127.9.9.9:80", "[::1]:443", "0.0.0.0:443", "[::]:443", "10.1.2.3:443", "172.16.0.1:443", "172.31.255.255:443", "192.168.1.1:443",
		"169.254.169.254:80", "[fe80::1%eth0]:443", "[fd00:ec2::254]:80", "[fc00::1]:443", "224.0.0.1:443", "[ff02::1]:443", "255.255.255.255:443",
		"100.64.0.1:443", "100.100.100.200:80", "198.18.0.1:443", "192.0.2.1:443", "240.0.0.1:443", "[2001:db8::1]:443",
		"[::ffff:127.0.0.1]:443", "[::ffff:10.0.0.1]:443", "[64:ff9b::7f00:1]:443", "[2002:7f00:1::]:443", "[2001::1]:443", "[::127.0.0.1]:443", "nonsense",
	} {
		require.ErrorIs(t, guard{}.control("tcp", address, nil), errRefused, address)
	}
	for _, address := range []string{"93.184.216.34:443", "1.1.1.1:443", "[2606:4700:4700::1111]:443", "172.32.0.1:443", "100.128.0.1:443"} {
		require.NoError(t, guard{}.control("tcp", address, nil), address)
	}
}

func TestAPrivateNetworkCanBeAllowed(t *testing.T) {
	g := guard{allowed: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("127.0.0.1/32")}}
	require.NoError(t, g.control("tcp", "10.20.3.4:443", nil))
	require.NoError(t, g.control("tcp", "[::ffff:127.0.0.1]:443", nil))
	require.ErrorIs(t, g.control("tcp", "10.21.0.1:443", nil), errRefused)
	require.ErrorIs(t, g.control("tcp", "127.0.0.2:443", nil), errRefused)
	require.ErrorContains(t, g.control("tcp", "169.254.169.254:80", nil), "CARRIERFLOW_WEBHOOKS_ALLOW_PRIVATE")
}
