package sandbox

// What the tests of package sandbox_test have to know of the inside.
const (
	GatewayShare = gatewayShare
	ClosedShare  = closedShare
	MostUnfit    = mostUnfit
	JSONType     = jsonType
)

// Table is the table of scenarios.
var Table = table

// ByLine reports whether the end of a line chooses a scenario.
func ByLine(line string) bool {
	_, chosen := byLine(line)
	return chosen
}

// CodeOf returns the code of a scenario.
func CodeOf(name string) (code int, known bool) {
	sc, known := byName(name)
	return sc.Code, known
}
