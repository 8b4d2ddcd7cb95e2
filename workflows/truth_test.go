package workflows

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// details are the current details that a run has at its end.
func (s *stage) details() string {
	s.t.Helper()
	value, err := s.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(s.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(s.t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// After every kind of end the current details say what happened, on what it rests, and what to do.
func TestTheDetailsSayHowItEnded(t *testing.T) {
	incomparable := carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Incomparable}
	unread := carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Incomparable, NotReadable: "HTTP 403"}
	for name, c := range map[string]struct {
		play  script
		run   func(s *stage)
		patch string
		says  []string
	}{
		"completed and shown":      {script{acknowledges(accepted), answers(done), nil}, nil, `{}`, []string{"**Completed** at", "decided by check", `DISH says "Success"`, "A read at DISH shows the change", "nothing to do"}},
		"completed, not compared":  {script{acknowledges(accepted), answers(incomparable), nil}, nil, `{}`, []string{"**Completed**", "Nothing that can be read at DISH shows"}},
		"completed, not readable":  {script{acknowledges(accepted), answers(unread), nil}, nil, `{}`, []string{"**Completed**", "cannot be read at DISH: HTTP 403"}},
		"completed, not confirmed": {script{acknowledges(accepted), answers(done), nil}, nil, `{"confirm":false}`, []string{"**Completed**"}},
		"completed by an operator": {
			script{acknowledges(accepted), undecidedForEver, nil},
			func(s *stage) { ordered(s, time.Minute, ResolveUpdate, Resolve{alex, carriers.Done}) }, `{}`,
			[]string{"**Completed**", "decided by operator", "alex vouches for it"},
		},
		"failed":          {script{acknowledges(accepted), answers(ended), nil}, nil, `{}`, []string{"**Failed** at", "as CarrierFailed, decided by check", "E-42", "What to do: read the carrier's code"}},
		"not in effect":   {script{acknowledges(accepted), answers(not), nil}, nil, `{}`, []string{"as NotInEffect", "An operator has to look at it", "follow-up:dish:r-1"}},
		"deadline":        {script{acknowledges(accepted), undecidedForEver, nil}, nil, hurried, []string{"as DeadlineExceeded", "follow-up:dish:r-1"}},
		"parked for good": {script{refuses(lost), undecidedForEver, nil}, nil, hurried, []string{"as OutcomeUnknown", "It will not be sent again", "follow-up:dish:r-1"}},
		"refused":         {script{refuses(problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 422, Code: "E-7"})), nil, nil}, nil, `{}`, []string{"as CarrierRejected", "HTTP 422", "start it with a new reference"}},
		"invalid":         {script{}, nil, `{"action":"Pause"}`, []string{"as InvalidRequest", "action: must be one of", "correct the request"}},
		"in effect already": {
			script{refuses(problem(activities.AlreadyInEffect, 0, activities.Problem{Reason: "it is active already"})), nil, nil},
			nil, `{}`,
			[]string{"as InvalidRequest", "nothing was sent: it is active already"},
		},
		"cancelled, nothing sent": {
			script{unreachable(time.Minute, false), lookingOnce(activities.CheckResult{Presence: carriers.Absent}), nil},
			func(s *stage) { s.at(30*time.Second, s.CancelWorkflow) }, `{}`,
			[]string{"**Cancelled** at", "DISH does not have the request", "nothing was sent; the same request"},
		},
		"cancelled after submit": {
			script{acknowledges(accepted), lookingOnce(carriers.Outcome{State: carriers.Pending, Status: "InProgress"}), nil},
			func(s *stage) { s.at(30*time.Second, s.CancelWorkflow) }, `{}`,
			[]string{"as CanceledAfterSubmit", "follow-up:dish:r-1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, suspend, c.play)
			if c.run != nil {
				c.run(s)
			}
			s.run(c.patch)
			text := s.details()
			for _, part := range c.says {
				require.Contains(t, text, part)
			}
			for _, stale := range []string{"Waiting for", "You can send", "Sending the request", "Needs attention:", "Asking DISH"} {
				require.NotContains(t, text, stale)
			}
			requireNothingPersonal(t, strings.ReplaceAll(text, "…0017", ""))
		})
	}
	reads := map[string]error{
		"**Completed** at":    nil,
		"as CarrierRejected":  problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 404}),
		"as DeadlineExceeded": problem(activities.Retrying, time.Hour, activities.Problem{HTTPStatus: 503}),
		"as CarrierUnauthorized: DISH refused our credentials": problem(activities.Unauthorized, 0, activities.Problem{HTTPStatus: 401}),
	}
	for says, answer := range reads {
		s := newStage(t, activities.DishGetTransactionStatus, script{nil, nil, func(int, readInput) (map[string]any, error) {
			return map[string]any{"status": "Success", "state": "done"}, answer
		}}).run()
		require.Contains(t, s.details(), says)
	}
}

// An update that comes with the start sees a run that is set up.
func TestAnUpdateInTheFirstTaskSeesASetUpRun(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), undecidedForEver, nil})
	r := ordered(s, 0, ExtendDeadlineUpdate, ExtendDeadline{alex, carriers.Duration(48 * time.Hour)})
	s.run(hurried)
	s.failed(DeadlineExceeded)
	require.NoError(t, r.failed)
	require.Equal(t, started.Add(49*time.Hour), r.answer.(Standing).Deadline)
	require.Greater(t, s.Now().Sub(started), time.Hour, "and it holds")

	s = newStage(t, suspend, script{})
	r = ordered(s, 0, ExtendDeadlineUpdate, ExtendDeadline{alex, carriers.Duration(48 * time.Hour)})
	s.run(`{"action":"Pause"}`).failed(InvalidRequest)
	require.Contains(t, r.refused(t, Refused), "decided already")
}

// The status of a result, a failure or an answer is the carrier's latest word, whoever has told it.
func TestTheStatusIsTheLatestWord(t *testing.T) {
	t.Run("deadline, when the last attempt could not ask", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			p := activities.Problem{CarrierStatus: "InProgress", Class: carriers.Uncertain, HTTPStatus: 503}
			return activities.CheckResult{}, problem(activities.Pending, in.Every.Std(), p)
		}, nil}).run(hurried)
		f := s.failed(DeadlineExceeded)
		require.Equal(t, "InProgress", f.Status)
		require.Contains(t, f.Message, "could not be asked for the outcome")
	})
	t.Run("an order", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(carriers.Outcome{State: carriers.Pending, Status: "InProgress"}), nil})
		ordered(s, time.Minute, CheckNowUpdate, alex)
		r := ordered(s, 2*time.Minute, ExtendDeadlineUpdate, ExtendDeadline{alex, carriers.Duration(time.Hour)})
		s.calledBack(3*time.Minute, Callback{State: carriers.Pending, Status: "Queued"}).run(hurried)
		require.Equal(t, "InProgress", r.answer.(Standing).Status)
		require.Equal(t, "InProgress", s.failed(DeadlineExceeded).Status)
	})
}

// What operators were told of is taken back when it has passed, and the pace is the usual one again.
func TestARunRecovers(t *testing.T) {
	for kind, attention := range map[string]string{activities.UnknownStatus: "UnknownStatus", activities.Unauthorized: "Unauthorized"} {
		s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			switch n {
			case 1:
				return activities.CheckResult{}, problem(kind, 0, activities.Problem{})
			case 2:
				return activities.CheckResult{}, problem(activities.Recovered, 0, activities.Problem{CarrierStatus: "InProgress"})
			case 5:
				require.Empty(t, in.Raised)
				return activities.CheckResult{Outcome: done}, nil
			}
			return undecidedForEver(n, in)
		}, nil}).run()
		s.completed()
		require.Equal(t, [][]string{{attention}}, s.raised)
		require.Equal(t, carriers.Duration(30*time.Second), s.asked[4].Every)
	}
	t.Run("what comes and goes too often stays", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			switch {
			case len(in.Raised) == 0:
				return activities.CheckResult{}, problem(activities.UnknownStatus, 0, activities.Problem{})
			case !in.Quiet:
				return activities.CheckResult{}, problem(activities.Recovered, 0, activities.Problem{})
			}
			return activities.CheckResult{Outcome: done}, nil
		}, nil}).run()
		s.completed()
		require.Len(t, s.asked, 2*mostRecoveries+2)
	})
}

// A parked request that a check finds is waited for as usual, at once.
func TestAFoundRequestIsAdoptedAtOnce(t *testing.T) {
	found := accepted
	found.Found = true
	s := newStage(t, suspend, script{refuses(lost), func(n int, in checkInput) (activities.CheckResult, error) {
		switch n {
		case 1:
			return activities.CheckResult{}, problem(activities.Found, 0, activities.Problem{Found: &found})
		case 4:
			return activities.CheckResult{Outcome: done}, nil
		}
		return undecidedForEver(n, in)
	}, nil}).run()
	require.Equal(t, "tx-1", s.completed().TransactionID)
	require.Equal(t, []any{false, carriers.Duration(30 * time.Second)}, []any{s.asked[1].Unsure, s.asked[1].Every})
	require.Empty(t, s.asked[1].Raised, "nobody is called any more")
}

// The carrier's word and the read that would confirm it are two things.
func TestTheReadThatConfirmsIsDown(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		p := activities.Problem{CarrierStatus: "Success", Reason: "HTTP 503"}
		if n == 1 {
			return activities.CheckResult{}, problem(activities.Unconfirmed, 0, p)
		}
		return activities.CheckResult{}, problem(activities.Pending, in.Every.Std(), p)
	}, nil}).run(hurried)
	f := s.failed(DeadlineExceeded)
	require.Equal(t, "Success", f.Status)
	require.Contains(t, f.Message, "DISH says that it is done, but the read that would show the change failed")
	require.Equal(t, []string{"Unconfirmed"}, s.attention())
}

// A failed callback that nothing could be held against is the carrier's last word at the deadline.
func TestAFailedCallbackStandsAtTheDeadline(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), undecidedForEver, nil}).calledBack(time.Minute, saysFailed).run(hurried)
	f := s.failed(CarrierFailed)
	require.Equal(t, []any{ByCallback, "E-42", "no such plan"}, []any{f.DecidedBy, f.Code, f.Reason})
}

// Where the carrier documents no callbacks, one decides nothing.
func TestACallbackOfAnOperationWithoutCallbacksDecidesNothing(t *testing.T) {
	for _, operation := range []string{activities.DishUpdateBillCycle, activities.STNSetServices, activities.MasMovilReplaceSIM} {
		s := newStage(t, operation, script{acknowledges(accepted), lookingOnce(carriers.Outcome{State: carriers.Pending}), nil})
		s.calledBack(time.Minute, saysFailed).calledBack(2*time.Minute, saysDone).run(hurried)
		s.failed(DeadlineExceeded)

		s = newStage(t, operation, script{acknowledges(accepted), believing, nil})
		s.at(time.Minute+time.Second, func() { require.NotContains(t, s.details(), "A callback is expected") })
		s.calledBack(time.Minute, saysFailed).run(hurried).failed(DeadlineExceeded)
	}
}

func TestManyCallbacksMarkARun(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), onceTold(done), nil})
	const atOnce = 50 // the test environment takes no more
	for i := range manyCallbacks / atOnce {
		s.at(time.Duration(i)*time.Second+time.Second, func() {
			for range atOnce - 1 {
				s.SignalWorkflowSkippingWorkflowTask(CallbackSignal.Name, Callback{State: carriers.Pending, Status: "InProgress"})
			}
			s.SignalWorkflow(CallbackSignal.Name, Callback{State: carriers.Pending})
		})
	}
	s.calledBack(time.Minute, saysDone).run()
	require.Equal(t, ByCallback, s.completed().DecidedBy, "marked, and not deaf")
	require.Equal(t, []string{"ManyCallbacks"}, s.raised[0])
}

// Confirming reads that callbacks cause are bounded.
func TestConfirmingReadsAreBounded(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if in.Told.State != "" && len(in.Raised) == 0 {
			return activities.CheckResult{}, problem(activities.UnknownStatus, 0, activities.Problem{})
		}
		return undecidedForEver(n, in)
	}, nil})
	for i := range 50 {
		s.calledBack(time.Duration(i+1)*time.Second, saysDone)
	}
	s.run(hurried)
	confirms := 0
	for _, q := range s.asked {
		if q.Told.State != "" && q.Longest == 0 && q.Every < carriers.Duration(time.Minute) {
			confirms++
		}
	}
	require.Equal(t, mostLooks, confirms)
}

func TestNoWorkerServesTheCarrier(t *testing.T) {
	s := newStage(t, suspend, script{func(n int, in submitInput) (carriers.Acknowledgement, error) {
		if n == 1 {
			return carriers.Acknowledgement{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)
		}
		return accepted, nil
	}, answers(done), nil})
	s.run()
	require.Equal(t, [][]string{{"NotServed"}}, s.raised)
	s.completed()
}

func TestInputsAreBounded(t *testing.T) {
	fat := fmt.Sprintf(`{"location":{"note":%q}}`, strings.Repeat("x", largestInput))
	s := newStage(t, activities.DishActivateSubscription, script{}).run(fat)
	require.Contains(t, s.failed(InvalidRequest).Message, "at most 65536 are taken")
	require.Empty(t, s.sent)
}

func TestAForeignInputIsAnError(t *testing.T) {
	for _, in := range []Input{nil, (*DishGetSubscription)(nil), foreignInput{}} {
		_, err := Start(context.Background(), nil, in)
		require.Error(t, err)
		_, _, err = StartAccepted(context.Background(), nil, in)
		require.Error(t, err)
	}
	require.Equal(t, "acme.Thing of line …5678 at acme", Summary(foreignInput{}))
	require.Equal(t, "acme:r-1", StartOptions(foreignInput{}, "secret").ID)
}

type foreignInput struct{}

func (foreignInput) Type() string           { return "acme.Thing" }
func (foreignInput) Common() Operation      { return Operation{Reference: "r-1"} }
func (foreignInput) LineIdentifier() string { return "12345678" }

func TestAnUnknownOperationFails(t *testing.T) {
	suite := quietSuite()
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "dish:r-1"})
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ json.RawMessage) (any, error) { return failUnknown(ctx, nil) },
		workflow.RegisterOptions{Name: "dish.Fly"})
	env.ExecuteWorkflow("dish.Fly", json.RawMessage(`{}`))
	f, ok := AsFailure(env.GetWorkflowError())
	require.True(t, ok)
	require.Equal(t, InvalidRequest, f.Type)
	require.Contains(t, f.Message, `"dish.Fly" is no operation`)
}

func TestACancelledReadCarriesAFailure(t *testing.T) {
	s := newStage(t, activities.DishGetSubscription, script{nil, nil, func(int, readInput) (map[string]any, error) {
		return nil, problem(activities.Retrying, time.Minute, activities.Problem{})
	}})
	s.at(30*time.Second, s.CancelWorkflow).run()
	require.Contains(t, s.canceledClean().Message, "the read was cancelled")
}

func TestEveryFailureHasAdvice(t *testing.T) {
	for _, kind := range []FailureType{
		InvalidRequest, CarrierRejected, CarrierFailed, ServicesIgnored, RiskDenied, NotInEffect, CarrierUnauthorized, DeadlineExceeded,
		OutcomeUnknown, ResolvedFailed, Canceled, CanceledAfterSubmit,
	} {
		require.NotEmpty(t, kind.Advice(), kind)
	}
	require.Empty(t, FailureType("?").Advice())
}
