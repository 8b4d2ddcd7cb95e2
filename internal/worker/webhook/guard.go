package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// reserved are networks that nothing on the internet has, and that [netip.Addr] does not know as private (the IANA registries of
// special-purpose addresses). The last five contain IPv4 addresses, so that they may lead to any.
var reserved = networks("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"100::/64", "2001:db8::/32", "fec0::/10", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")

func networks(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// errRefused is why no connection is made to an address.
var errRefused = errors.New("webhooks are not sent to addresses that are not public")

// guard says which addresses webhooks may be sent to.
type guard struct{ allowed []netip.Prefix }

// control refuses a connection; it is that of a [net.Dialer]. It sees the address that is connected to, whatever the name was resolved
// to before.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is no address", errRefused, address)
	}
	if !g.allows(at.Addr()) {
		return fmt.Errorf("%w: %s; if it is meant, add its network to %s", errRefused, at.Addr(), privateVariable)
	}
	return nil
}

func (g guard) allows(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	contains := func(n netip.Prefix) bool { return n.Contains(address) }
	if slices.ContainsFunc(g.allowed, contains) {
		return true
	}
	return address.IsGlobalUnicast() && !address.IsPrivate() && !slices.ContainsFunc(reserved, contains)
}
