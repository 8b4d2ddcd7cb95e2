package stn

import (
	"slices"
	"time"
)

// mostGaps is how often a pass goes back because of a gap before it reads the whole list, and mostRepeats how often in a row a page may
// be the one before again, because so many have come to the front meanwhile.
const mostGaps, mostRepeats = 20, 5

// sweepCursor is where a sweep of sTN is: what its last complete pass has read, and what the present one has.
type sweepCursor struct {
	// ReadTo is the newest change that was read, by status. Every older one was read, too.
	ReadTo map[string]time.Time `json:"readTo,omitempty"`
	// ProvenAt is when sTN was last shown to obey the order.
	ProvenAt time.Time `json:"provenAt,omitzero"`
	// List is the number of the status whose list is being read.
	List int `json:"list,omitempty"`
	listCursor
}

// listCursor is where a pass is in the list of one status.
type listCursor struct {
	Skip  int `json:"skip,omitempty"`
	Pages int `json:"pages,omitempty"`
	// Gaps and Repeats count the pages that did not follow on the one before, and those that were the one before again.
	Gaps    int `json:"gaps,omitempty"`
	Repeats int `json:"repeats,omitempty"`
	// Newest is the newest change on the pages so far, and Oldest the last one of the page before, whose ids are Before.
	Newest time.Time `json:"newest,omitzero"`
	Oldest time.Time `json:"oldest,omitzero"`
	Before []string  `json:"before,omitempty"`
	// End tells that the page before was short, so that the next one is asked for without an overlap: it is empty at the end of the
	// list. Full is the size of a full page, where sTN has a smaller limit of its own than what is asked for.
	End  bool `json:"end,omitempty"`
	Full int  `json:"full,omitempty"`
	// Whole tells that the list does not come in order, so that all of it is read.
	Whole bool `json:"whole,omitempty"`
	// Proving tells that only the proof of the order is missing.
	Proving bool `json:"proving,omitempty"`
}

// follows reports whether a page that begins with a record follows on the one before without a gap.
func (l *listCursor) follows(first Activation, changed time.Time) bool {
	return changed.After(l.Oldest) || slices.Contains(l.Before, first.ID.String())
}

// keepIDs remembers which records a page has.
func (l *listCursor) keepIDs(records []Activation) {
	l.Before = make([]string, len(records))
	for i, r := range records {
		l.Before[i] = r.ID.String()
	}
}

// knows reports whether a page has only records that the one before had.
func (l *listCursor) knows(records []Activation) bool {
	isNew := func(r Activation) bool { return !slices.Contains(l.Before, r.ID.String()) }
	return len(records) > 0 && len(l.Before) > 0 && !slices.ContainsFunc(records, isNew)
}

// repeats reports whether the list does not get on: several pages in a row had nothing that the one before had not.
func (l *listCursor) repeats(records []Activation) bool {
	if !l.knows(records) {
		l.Repeats = 0
		return false
	}
	l.Repeats++
	return l.Repeats > mostRepeats
}

// goBack reads the page before again, because records have left the list while it was read.
func (l *listCursor) goBack(page int) {
	if l.Gaps++; l.Gaps > mostGaps {
		l.readWhole()
		return
	}
	l.Skip = max(0, l.Skip-page)
}

// readWhole begins the list again, to read all of it.
func (l *listCursor) readWhole() { *l = listCursor{Whole: true} }

// endList goes on to the list of the next status. A list that was read without its order may have missed a record that moved meanwhile,
// so it does not count as read.
func (at *sweepCursor) endList(statuses []string) {
	status := statuses[at.List]
	read := map[string]time.Time{}
	for _, s := range statuses { // a status that is not configured any more is forgotten
		if to, known := at.ReadTo[s]; known {
			read[s] = to
		}
	}
	if !at.Whole && at.Newest.After(read[status]) {
		read[status] = at.Newest
	}
	at.ReadTo = read
	at.List++
	at.listCursor = listCursor{}
}

// passEnded reports whether the last list was read, and then begins a new pass.
func (at *sweepCursor) passEnded(lists int) bool {
	if at.List < lists {
		return false
	}
	at.List = 0
	return true
}
