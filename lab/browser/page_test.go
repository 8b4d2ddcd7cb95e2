package browser

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
)

const (
	// patience bounds every single wait for the page.
	patience = stack.Patience
	// brief bounds taking a picture.
	brief = 30 * time.Second
)

var update = flag.Bool("update", false, "take the pictures anew that the runbook shows, in docs/images")

// page is what a browser shows, used as a person uses it: by what can be read in it. Whatever cannot be found fails the
// test, with a picture of what was there instead.
type page struct {
	t   *testing.T
	tab context.Context
}

// browsers bounds how many browsers run at once, whatever -parallel says: more would only wait for each other.
var browsers = make(chan struct{}, 3)

// newPage starts a browser of its own: what one test sets up in it, another does not see.
func newPage(t *testing.T) *page {
	t.Helper()
	require.NoError(t, begin())
	browsers <- struct{}{}
	t.Cleanup(func() { <-browsers })
	tab, stop := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(
		chromedp.Env("TZ=UTC"), chromedp.Flag("lang", "en-US"),
	))
	t.Cleanup(stop)
	require.NoError(t, chromedp.Do(tab), "starting Chromium; `make test-deps` installs it")
	p := &page{t, tab}
	p.do("set the size of the window", chromedp.EmulateViewport(1280, 900))
	return p
}

// open goes to a path of the Web UI.
func (p *page) open(path string) {
	p.t.Helper()
	p.do("open "+path, chromedp.Navigate("http://"+world.WebUI+path))
}

// openRun opens the page of a run.
func (p *page) openRun(run client.WorkflowRun) {
	p.t.Helper()
	p.open("/namespaces/default/workflows/" + run.GetID() + "/" + run.GetRunID())
}

// click clicks on the first visible element of a CSS selector that has this text or label; on the first one if name is
// empty.
func (p *page) click(css, name string) {
	p.t.Helper()
	what := fmt.Sprintf("click on %s %q", css, name)
	at := poll[struct{ X, Y float64 }](p, what, "spot", css, name)
	p.do(what, chromedp.MouseClickXY(at.X, at.Y))
}

// enter clicks into a field and types, in place of what is there.
func (p *page) enter(css, text string) {
	p.t.Helper()
	p.click(css, "")
	p.do("type into "+css, chromedp.KeyEvent("a", chromedp.KeyModifiers(kb.ModifierCtrl)), chromedp.KeyEvent(text))
}

// leave goes on to the next field.
func (p *page) leave() {
	p.t.Helper()
	p.do("go on to the next field", chromedp.KeyEvent(kb.Tab))
}

// sees waits until a visible element of a CSS selector holds all of the texts. In what it says, white space is one blank.
func (p *page) sees(css string, texts ...string) {
	p.t.Helper()
	poll[string](p, fmt.Sprintf("see %q in %s", texts, css), "holding", css, texts)
}

// gone waits until no visible element of a CSS selector holds the text.
func (p *page) gone(css, text string) {
	p.t.Helper()
	poll[bool](p, fmt.Sprintf("miss %q in %s", text, css), "without", css, text)
}

//go:embed eyes.js
var eyes string

// poll calls a function of eyes.js until it returns something.
func poll[T any](p *page, what, function string, args ...any) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	seen, err := chromedp.Run(ctx, chromedp.PollFunction[T](fmt.Sprintf("(...args) => { %s; return %s(...args); }", eyes, function),
		chromedp.WithPollingArgs(args...), chromedp.WithPollingTimeout(patience), chromedp.WithPollingInterval(100*time.Millisecond)))
	p.must(what, err)
	return seen
}

func (p *page) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	p.must(what, chromedp.Do(ctx, actions...))
}

// must ends the test with a picture of the page if something went wrong.
func (p *page) must(what string, err error) {
	p.t.Helper()
	if err == nil {
		return
	}
	shown := "no picture could be taken"
	if file, failed := os.CreateTemp("", "carrierflow-browser-*.png"); failed == nil {
		_, _ = file.Write(p.picture())
		shown = "what the browser showed instead is in " + file.Name()
		_ = file.Close()
	}
	p.t.Fatalf("could not %s: %v; %s; the page said:\n%s", what, err, shown, p.text())
}

// shoot keeps a picture of the page among the test's artifacts; with -update, in the runbook if that shows it.
func (p *page) shoot(name string) {
	p.t.Helper()
	name = strings.ToLower(name) + ".png"
	folder := p.t.ArtifactDir()
	if *update && slices.Contains(picturesIn(p.t), name) {
		folder = images
	}
	require.NoError(p.t, os.WriteFile(filepath.Join(folder, name), p.picture(), 0o644))
}

func (p *page) picture() []byte {
	ctx, cancel := context.WithTimeout(p.tab, brief)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("taking a picture: %v", err)
	}
	return png
}

func (p *page) text() string {
	ctx, cancel := context.WithTimeout(p.tab, brief)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}
