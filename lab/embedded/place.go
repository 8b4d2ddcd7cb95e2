package embedded

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"go.temporal.io/server/common/testing/freeport"
)

// loopback is the address on which the services reach each other.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// place is where the server listens: the two public ports, and three inner ones that only the services use.
type place struct {
	host     netip.Addr
	frontend int
	ui       int // 0: no Web UI

	history, matching, worker int
}

// findPlace checks that the requested ports are free, and picks the others. The server itself would end the whole process
// because of a port in use.
func findPlace(options Options) (place, error) {
	host, err := netip.ParseAddr(options.Host)
	if err != nil {
		return place{}, fmt.Errorf("host %q (--host) is not an IP address", options.Host)
	}
	p := place{
		host:     host,
		frontend: options.Port,
		ui:       options.UIPort,
		history:  freeport.MustGetFreePort(),
		matching: freeport.MustGetFreePort(),
		worker:   freeport.MustGetFreePort(),
	}
	if p.frontend == 0 {
		p.frontend = freeport.MustGetFreePort()
	}
	if p.ui == p.frontend {
		return place{}, fmt.Errorf("the Temporal frontend (--port) and the Web UI (--ui-port) cannot share port %d", p.ui)
	}
	err = probe(host, p.frontend, "the Temporal frontend", "--port")
	if p.ui != 0 {
		err = errors.Join(err, probe(host, p.ui, "the Temporal Web UI", "--ui-port"))
	}
	return p, err
}

// address is the address for clients, also when the server listens on every interface.
func (p place) address() string { return join(dialable(p.host), p.frontend) }

func (p place) uiURL() string { return "http://" + join(dialable(p.host), p.ui) }

// probe listens on a port briefly.
func probe(host netip.Addr, port int, use, flag string) error {
	address := join(host, port)
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %d for %s is taken: something else listens on %s; stop it or choose another port with %s",
			port, use, address, flag)
	case err != nil:
		return fmt.Errorf("port %d for %s (%s): %w", port, use, flag, err)
	}
	return listener.Close()
}

func dialable(host netip.Addr) netip.Addr {
	switch {
	case host == netip.IPv4Unspecified():
		return loopback
	case host == netip.IPv6Unspecified():
		return netip.IPv6Loopback()
	}
	return host
}

func join(host netip.Addr, port int) string {
	return net.JoinHostPort(host.String(), strconv.Itoa(port))
}
