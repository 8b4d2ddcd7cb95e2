// What a person sees on a page. Page_test.go calls these functions again and again until one returns something.

// documents are the page and what is shown in it: the Web UI puts every text in Markdown into a frame.
function documents() {
  const frames = [...document.querySelectorAll("iframe")].filter(seen).map((f) => f.contentDocument);
  return [document, ...frames.filter((d) => d?.body)];
}

// seen tells whether an element is visible. There is a second, hidden header for when the first one is scrolled away.
function seen(e) {
  return e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
}

// said is what an element says, fields and frames included, in one line.
function said(e) {
  const fields = [...e.querySelectorAll("input")].filter(seen).map((field) => field.value);
  const frames = [...e.querySelectorAll("iframe")].filter(seen).map((f) => f.contentDocument?.body?.innerText ?? "");
  return [e.innerText, ...fields, ...frames].join(" ").replace(/\s+/g, " ").trim();
}

// all are the visible elements that a CSS selector selects.
function all(css) {
  return documents().flatMap((d) => [...d.querySelectorAll(css)]).filter(seen);
}

// holding is what the first element says that holds all of the texts.
function holding(css, texts) {
  return all(css).map(said).find((s) => texts.every((text) => s.includes(text)));
}

// without tells whether no element holds the text.
function without(css, text) {
  return all(css).every((e) => !said(e).includes(text));
}

// spot is where to click on the first element of that name (its text or its label; any name if it is empty), once it can
// be clicked on: enabled, no longer moving, and with nothing in front of it.
async function spot(css, name) {
  const e = all(css).find((e) => !name || said(e) === name || e.ariaLabel === name);
  if (!e || e.disabled) return null;
  e.scrollIntoView({ block: "nearest" });
  const before = e.getBoundingClientRect();
  await new Promise((then) => setTimeout(then, 100));
  const now = e.getBoundingClientRect();
  const [x, y] = [now.x + now.width / 2, now.y + now.height / 2];
  const moves = before.x !== now.x || before.y !== now.y || before.width !== now.width || before.height !== now.height;
  const front = document.elementFromPoint(x, y);
  return !moves && (e.contains(front) || front?.contains(e)) ? { x, y } : null;
}
