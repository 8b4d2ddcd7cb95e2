package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// reply is what became of an update.
type reply struct {
	rejected, failed error
	answer           any
	accepted, ended  bool
}

// refused returns the reason of a refusal.
func (r *reply) refused(t *testing.T, kind string) string {
	t.Helper()
	require.Error(t, r.rejected)
	application, ok := errors.AsType[*temporal.ApplicationError](r.rejected)
	require.True(t, ok, "%v", r.rejected)
	require.Equal(t, kind, application.Type())
	require.False(t, r.accepted)
	return application.Message()
}

// ordered sends an update at a time after the start.
func ordered[I, O any](s *stage, after time.Duration, u Update[I, O], argument any) *reply {
	r := &reply{}
	s.at(after, func() {
		s.UpdateWorkflow(u.Name, fmt.Sprintf("%s-%s", u.Name, after), &testsuite.TestUpdateCallback{
			OnAccept:   func() { r.accepted = true },
			OnReject:   func(err error) { r.rejected = err },
			OnComplete: func(answer any, err error) { r.answer, r.failed, r.ended = answer, err, true },
		}, argument)
	})
	return r
}

// answerOf is the answer of an update that was taken.
func answerOf[O any](t *testing.T, r *reply) O {
	t.Helper()
	require.NoError(t, r.rejected)
	require.NoError(t, r.failed)
	require.True(t, r.ended, "an update is answered before its run ends")
	answer, ok := r.answer.(O)
	require.True(t, ok, "%T", r.answer)
	return answer
}

var (
	alex     = Order{"alex", "DISH said so on the phone"}
	patience = script{acknowledges(accepted), undecidedForEver, nil}
)

func TestResolve(t *testing.T) {
	t.Run("done", func(t *testing.T) {
		s := newStage(t, suspend, patience)
		r := ordered(s, time.Minute, ResolveUpdate, Resolve{alex, carriers.Done})
		result := s.run().completed()
		require.Equal(t, ByOperator, result.DecidedBy)
		require.Equal(t, &Resolution{alex, started.Add(time.Minute)}, result.Resolution)
		require.Equal(t, carriers.NotRead, result.Effect, "nobody has looked")
		standing := answerOf[Standing](t, r)
		require.True(t, standing.Decided)
		require.Equal(t, "Closed as done.", standing.Message)
	})
	t.Run("failed", func(t *testing.T) {
		s := newStage(t, suspend, patience)
		ordered(s, time.Hour, ResolveUpdate, Resolve{alex, carriers.Failed})
		f := s.run().failed(ResolvedFailed)
		require.Equal(t, &Resolution{alex, started.Add(time.Hour)}, f.Resolution)
		require.Equal(t, ByOperator, f.DecidedBy)
		require.Equal(t, "tx-1", f.TransactionID)
		require.Contains(t, f.Message, "an operator closed it")
		require.NotContains(t, f.Message, alex.Operator, "names are in the details alone")
		require.False(t, s.onList, "overdue before, dealt with now")
	})
	t.Run("with a number in the reason", func(t *testing.T) {
		s := newStage(t, suspend, patience)
		ordered(s, time.Minute, ResolveUpdate, Resolve{Order{"alex", "customer 15550100123 called"}, carriers.Failed})
		require.Equal(t, "customer … called", s.run().failed(ResolvedFailed).Resolution.Reason)
	})
	t.Run("of an operation that nobody can tell about", func(t *testing.T) {
		s := newStage(t, suspend, script{refuses(lost), undecidedForEver, nil})
		ordered(s, time.Hour, ResolveUpdate, Resolve{alex, carriers.Done})
		require.Equal(t, ByOperator, s.run().completed().DecidedBy)
	})
}

// An update that makes no sense now, or that cannot be read, is refused with the reason and changes nothing.
func TestOrdersThatAreRefused(t *testing.T) {
	order := map[string]any{"operator": "alex", "reason": "why"}
	with := func(key string, value any) map[string]any {
		changed := map[string]any{"operator": "alex", "reason": "why"}
		changed[key] = value
		return changed
	}
	t.Run("for what they say", func(t *testing.T) {
		for name, c := range map[string]struct {
			send func(s *stage) *reply
			says []string
		}{
			"resolve without an outcome":  {giving(ResolveUpdate, order), []string{"outcome: is required"}},
			"resolve as something else":   {giving(ResolveUpdate, with("outcome", "pending")), []string{"outcome: must be one of done, failed"}},
			"resolve with nothing":        {giving(ResolveUpdate, nil), []string{"operator: is required", "outcome: is required", "reason: is required"}},
			"resolve with another field":  {giving(ResolveUpdate, with("force", true)), []string{"force: is not a field"}},
			"check-now by nobody":         {giving(CheckNowUpdate, with("operator", "")), []string{"operator: must have at least 1"}},
			"check-now without a reason":  {giving(CheckNowUpdate, map[string]any{"operator": "alex"}), []string{"reason: is required"}},
			"check-now, reason too long":  {giving(CheckNowUpdate, with("reason", strings.Repeat("x", 501))), []string{"reason: must have at most 500"}},
			"approve-risk by nobody":      {giving(ApproveRiskUpdate, map[string]any{"reason": "why"}), []string{"operator: is required"}},
			"deny-risk without a reason":  {giving(DenyRiskUpdate, map[string]any{"operator": "alex"}), []string{"reason: is required"}},
			"extend-deadline by nothing":  {giving(ExtendDeadlineUpdate, order), []string{"by: is required"}},
			"extend-deadline by a number": {giving(ExtendDeadlineUpdate, with("by", 48)), []string{"by: must be of type string"}},
			"accepted with an argument":   {giving(AcceptedUpdate, order), []string{"operator: is not a field"}},
		} {
			t.Run(name, func(t *testing.T) {
				s := newStage(t, suspend, patience)
				r := c.send(s)
				s.run(hurried).failed(DeadlineExceeded)
				reason := r.refused(t, string(InvalidRequest))
				for _, text := range c.says {
					require.Contains(t, reason, text)
				}
			})
		}
	})
	t.Run("for the moment", func(t *testing.T) {
		never := script{unreachable(time.Minute, false), nil, nil}
		reviewed := script{acknowledges(underReview), undecidedForEver, nil}
		for name, c := range map[string]struct {
			play script
			send func(s *stage) *reply
			says string
		}{
			"check-now before it is acknowledged":  {never, giving(CheckNowUpdate, order), "has not acknowledged the request yet"},
			"resolve before it is acknowledged":    {never, giving(ResolveUpdate, with("outcome", "failed")), "cancel the run"},
			"deny-risk before it is acknowledged":  {never, giving(DenyRiskUpdate, order), "has not acknowledged"},
			"approve-risk of what is not reviewed": {patience, giving(ApproveRiskUpdate, order), "does not hold this request for a risk decision"},
			"deny-risk of what is not reviewed":    {patience, giving(DenyRiskUpdate, order), "does not hold this request for a risk decision"},
			"extend-deadline by no time":           {patience, giving(ExtendDeadlineUpdate, with("by", "0s")), "more than nothing"},
			"extend-deadline by more than a year":  {patience, giving(ExtendDeadlineUpdate, with("by", "9000h")), "more than a year"},
			"approve-risk of what is approved": {reviewed, func(s *stage) *reply {
				giving(ApproveRiskUpdate, order)(s)
				return ordered(s, 2*time.Minute, ApproveRiskUpdate, order)
			}, "approved already"},
		} {
			t.Run(name, func(t *testing.T) {
				s := newStage(t, suspend, c.play)
				r := c.send(s)
				s.run(hurried)
				require.Error(t, s.GetWorkflowError())
				require.Contains(t, r.refused(t, Refused), c.says)
			})
		}
	})
	t.Run("for their number", func(t *testing.T) {
		s := newStage(t, suspend, patience)
		for i := range mostChecksOrdered {
			ordered(s, time.Minute+time.Duration(i)*time.Second, CheckNowUpdate, alex)
		}
		r := ordered(s, 10*time.Minute, CheckNowUpdate, alex)
		s.run(hurried)
		require.Contains(t, r.refused(t, Refused), "100 checks have been ordered")
	})
}

// giving sends an update a minute after the start.
func giving[I, O any](u Update[I, O], argument any) func(s *stage) *reply {
	return func(s *stage) *reply { return ordered(s, time.Minute, u, argument) }
}

func TestCheckNow(t *testing.T) {
	inProgress := carriers.Outcome{State: carriers.Pending, Status: "InProgress", Effect: carriers.Missing, Line: &carriers.Line{Status: "Active"}}
	// onLook answers only the looks that are ordered.
	onLook := func(answer func() (activities.CheckResult, error)) func(int, checkInput) (activities.CheckResult, error) {
		return func(n int, in checkInput) (activities.CheckResult, error) {
			if in.Once {
				return answer()
			}
			return undecidedForEver(n, in)
		}
	}
	t.Run("not decided yet", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{Outcome: inProgress}, nil
		}), nil})
		r := ordered(s, time.Minute, CheckNowUpdate, alex)
		s.run(hurried).failed(DeadlineExceeded)
		standing := answerOf[Standing](t, r)
		require.Equal(t, `DISH says "InProgress", the line reads "Active", and does not show the change.`, standing.Message)
		require.False(t, standing.Decided)
		require.Equal(t, "InProgress", standing.Status)
		require.Equal(t, "Active", standing.LineStatus)
		require.Equal(t, carriers.Missing, standing.Effect)
	})
	t.Run("decided", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{Outcome: done}, nil
		}), nil})
		r := ordered(s, time.Minute, CheckNowUpdate, alex)
		require.Equal(t, ByCheck, s.run().completed().DecidedBy)
		require.True(t, answerOf[Standing](t, r).Decided)
		require.Equal(t, started.Add(time.Minute), s.Now().UTC().Truncate(time.Minute), "at once, not at the next check")
	})
	t.Run("done but not in effect yet", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{Outcome: not}, nil
		}), nil})
		r := ordered(s, time.Minute, CheckNowUpdate, alex)
		s.run(hurried).failed(DeadlineExceeded)
		require.False(t, answerOf[Standing](t, r).Decided)
	})
	t.Run("the carrier does not answer", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{}, problem(activities.Retrying, time.Minute, activities.Problem{HTTPStatus: 503})
		}), nil})
		r := ordered(s, time.Minute, CheckNowUpdate, alex)
		s.run(hurried).failed(DeadlineExceeded)
		require.Equal(t, "DISH could not be asked: HTTP 503. The regular checks go on.", answerOf[Standing](t, r).Message)
	})
	t.Run("found at last", func(t *testing.T) {
		found := accepted
		found.Found = true
		s := newStage(t, suspend, script{refuses(lost), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{Outcome: inProgress, Found: &found}, nil
		}), nil})
		ordered(s, time.Minute, CheckNowUpdate, alex)
		f := s.run(hurried).failed(DeadlineExceeded)
		require.Equal(t, "tx-1", f.TransactionID, "what a look has found is kept")
		require.Equal(t, []string{"Overdue"}, s.attention(), "it is no longer unknown")
	})
}

// underReview is MásMóvil's 202.
var underReview = carriers.Acknowledgement{
	RiskReview: true, HTTPStatus: 202, At: started.Add(time.Second), Outcome: carriers.Outcome{State: carriers.Pending, Status: "R"},
}

func TestRiskDecisions(t *testing.T) {
	const add = activities.MasMovilAddDevice
	t.Run("denied", func(t *testing.T) {
		s := newStage(t, add, script{acknowledges(underReview), undecidedForEver, nil})
		r := ordered(s, time.Hour, DenyRiskUpdate, alex)
		f := s.run().failed(RiskDenied)
		require.Equal(t, &Resolution{alex, started.Add(time.Hour)}, f.Resolution)
		require.True(t, answerOf[Standing](t, r).Decided)
		require.False(t, s.onList)
	})
	t.Run("approved", func(t *testing.T) {
		s := newStage(t, add, script{acknowledges(underReview), answers(undecided(2*time.Hour), done), nil})
		r := ordered(s, time.Hour, ApproveRiskUpdate, alex)
		listed := true
		s.at(time.Hour+time.Minute, func() { listed = s.onList })
		result := s.run().completed()
		require.Equal(t, ByCheck, result.DecidedBy, "in effect is still what a read shows")
		require.False(t, listed, "nobody's work any more")
		require.False(t, answerOf[Standing](t, r).Decided)
	})
}

func TestExtendDeadline(t *testing.T) {
	const day = `{"timings":{"overdueAfter":"30m","deadline":"24h"}}`
	for name, at := range map[string]time.Duration{"while on time": 10 * time.Minute, "when overdue": 20 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, suspend, script{acknowledges(accepted), answers(undecided(5 * time.Hour)), nil})
			r := ordered(s, at, ExtendDeadlineUpdate, ExtendDeadline{alex, carriers.Duration(48 * time.Hour)})
			s.run(day).failed(DeadlineExceeded)
			require.InDelta(t, (72 * time.Hour).Hours(), s.Now().Sub(started).Hours(), 8)
			standing := answerOf[Standing](t, r)
			require.Equal(t, started.Add(72*time.Hour), standing.Deadline)
			require.Equal(t, "The deadline is now 2026-03-07 09:00:00 UTC.", standing.Message)
		})
	}
	t.Run("while the request does not get through", func(t *testing.T) {
		s := newStage(t, suspend, script{unreachable(time.Hour, false), nil, nil})
		ordered(s, time.Hour, ExtendDeadlineUpdate, ExtendDeadline{alex, carriers.Duration(48 * time.Hour)})
		s.run(day).failed(DeadlineExceeded)
		require.InDelta(t, (72 * time.Hour).Hours(), s.Now().Sub(started).Hours(), 1.5)
	})
}

func TestAccepted(t *testing.T) {
	ask := func(s *stage) *reply { return ordered(s, 0, AcceptedUpdate, AcceptedQuestion{}) }
	t.Run("acknowledged", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), answers(done), nil})
		r := ask(s)
		s.run().completed()
		require.Equal(t, Accepted{State: AcceptedByCarrier, TransactionID: "tx-1", Status: "Success", SubmittedAt: accepted.At}, answerOf[Accepted](t, r))
	})
	t.Run("under review", func(t *testing.T) {
		s := newStage(t, activities.MasMovilAddDevice, script{acknowledges(underReview), answers(done), nil})
		r := ask(s)
		s.run().completed()
		require.True(t, answerOf[Accepted](t, r).RiskReview)
	})
	t.Run("nobody can tell", func(t *testing.T) {
		s := newStage(t, suspend, script{refuses(lost), answers(done), nil})
		r := ask(s)
		s.run().completed()
		require.Equal(t, Accepted{State: AcceptanceUnknown}, answerOf[Accepted](t, r))
	})
	t.Run("refused", func(t *testing.T) {
		refusal := problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 422, Code: "E-7"})
		s := newStage(t, suspend, script{refuses(refusal), nil, nil})
		r := ask(s)
		s.run().failed(CarrierRejected)
		f, ok := AsFailure(r.failed)
		require.True(t, ok, "%v", r.failed)
		require.Equal(t, CarrierRejected, f.Type)
		require.Equal(t, "E-7", f.Code)
	})
	t.Run("without any argument", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), answers(done), nil})
		r := &reply{}
		s.at(0, func() {
			s.UpdateWorkflow(AcceptedUpdate.Name, "1", &testsuite.TestUpdateCallback{
				OnReject:   func(err error) { r.rejected = err },
				OnComplete: func(answer any, err error) { r.answer, r.failed, r.ended = answer, err, true },
			})
		})
		s.run().completed()
		require.Equal(t, AcceptedByCarrier, answerOf[Accepted](t, r).State)
	})
}

// What a caller leaves out, the run gives itself.
func TestARunLabelsItself(t *testing.T) {
	play := script{acknowledges(accepted), answers(done), nil}
	s := newStage(t, suspend, play)
	s.run().completed()
	require.Zero(t, s.labels.Size(), "started with StartOptions")

	s = newStage(t, suspend, play)
	require.NoError(t, s.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes()))
	s.run().completed()
	carrier, _ := s.labels.GetKeyword(CarrierAttribute)
	operation, _ := s.labels.GetKeyword(OperationAttribute)
	line, _ := s.labels.GetKeyword(LineKeyAttribute)
	require.Equal(t, []string{"dish", suspend, LineKey("secret", carriers.DISH, "89010000000000000017")}, []string{carrier, operation, line})
}

func TestTheUpdatesHaveSchemas(t *testing.T) {
	for _, u := range updates {
		var document map[string]any
		require.NoError(t, json.Unmarshal(schemas[u.schema()].document, &document))
		require.Equal(t, "urn:carrierflow:schema:update."+u.name, document["$id"])
		require.NotEmpty(t, u.title)
	}
}
