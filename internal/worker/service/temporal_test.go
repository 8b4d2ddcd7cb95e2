package service

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	grpchealth "google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/workflows"
)

// temporalServer is a Temporal server without tasks, or with one activity task, for a worker that starts, idles and stops.
type temporalServer struct {
	workflowservice.UnimplementedWorkflowServiceServer
	operatorservice.UnimplementedOperatorServiceServer
	// attributes are the search attributes that are there.
	attributes map[string]enumspb.IndexedValueType
	// task is handed out once, if there is one, from the queue if it is named.
	task  *workflowservice.PollActivityTaskQueueResponse
	queue string
	done  atomic.Bool
	// started are the requests to start a workflow; nil drops them.
	started chan *workflowservice.StartWorkflowExecutionRequest
	// limits are the rate limits that workers have asked for, by task queue.
	limits sync.Map
	// polled are the task queues that were asked, each with the identity of who asked last.
	polled sync.Map
	// pollers are who polls a queue for activities, by its name.
	pollers map[string][]*taskqueuepb.PollerInfo
	// namespaces, if it is set, says what becomes of a question for the namespace.
	namespaces func() error
	// denied is the error of reading the search attributes, if there is one; counts, if it is set, says what becomes of a query.
	denied error
	counts func(query string) error
}

// startTemporal serves one with all that a worker needs, and returns its address.
func startTemporal(t *testing.T) string {
	t.Helper()
	return serveTemporal(t, &temporalServer{attributes: workflows.SearchAttributes()})
}

// serveTemporal serves on a free port until the test ends, and returns the address.
func serveTemporal(t *testing.T, temporal *temporalServer) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serveTemporalAt(t, listener, temporal)
	return listener.Addr().String()
}

func serveTemporalAt(t *testing.T, listener net.Listener, temporal *temporalServer) {
	t.Helper()
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, temporal)
	operatorservice.RegisterOperatorServiceServer(server, temporal)
	checks := grpchealth.NewServer()
	checks.SetServingStatus("temporal.api.workflowservice.v1.WorkflowService", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, checks)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
}

// activityTask is an activity without input that may take so long.
func activityTask(name string, within time.Duration) *workflowservice.PollActivityTaskQueueResponse {
	now := timestamppb.Now()
	return &workflowservice.PollActivityTaskQueueResponse{
		TaskToken: []byte("token"), WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "dish:order-17", RunId: "run"},
		ActivityId: "1", ActivityType: &commonpb.ActivityType{Name: name}, WorkflowType: &commonpb.WorkflowType{Name: "flow"}, Attempt: 1,
		ScheduledTime: now, StartedTime: now, CurrentAttemptScheduledTime: now,
		StartToCloseTimeout: durationpb.New(within), ScheduleToCloseTimeout: durationpb.New(time.Hour),
	}
}

func (s *temporalServer) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

func (s *temporalServer) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	if s.namespaces != nil {
		if err := s.namespaces(); err != nil {
			return nil, err
		}
	}
	return &workflowservice.DescribeNamespaceResponse{}, nil
}

func (s *temporalServer) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest) (*operatorservice.ListSearchAttributesResponse, error) {
	if s.denied != nil {
		return nil, s.denied
	}
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: s.attributes}, nil
}

func (s *temporalServer) CountWorkflowExecutions(ctx context.Context, request *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	if s.counts == nil {
		return s.UnimplementedWorkflowServiceServer.CountWorkflowExecutions(ctx, request)
	}
	return &workflowservice.CountWorkflowExecutionsResponse{}, s.counts(request.GetQuery())
}

func (s *temporalServer) StartWorkflowExecution(_ context.Context, request *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	if s.started != nil {
		s.started <- request
	}
	return &workflowservice.StartWorkflowExecutionResponse{RunId: "run", Started: true}, nil
}

func (s *temporalServer) DescribeTaskQueue(_ context.Context, request *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error) {
	if request.GetTaskQueueType() != enumspb.TASK_QUEUE_TYPE_ACTIVITY {
		return &workflowservice.DescribeTaskQueueResponse{}, nil
	}
	return &workflowservice.DescribeTaskQueueResponse{Pollers: s.pollers[request.GetTaskQueue().GetName()]}, nil
}

// longPoll is how long a poll without a task takes.
const longPoll = time.Second

func (s *temporalServer) PollWorkflowTaskQueue(ctx context.Context, poll *workflowservice.PollWorkflowTaskQueueRequest) (*workflowservice.PollWorkflowTaskQueueResponse, error) {
	if poll.GetTaskQueue().GetKind() != enumspb.TASK_QUEUE_KIND_STICKY {
		s.polled.Store(poll.GetTaskQueue().GetName(), poll.GetIdentity())
	}
	idle(ctx)
	return &workflowservice.PollWorkflowTaskQueueResponse{}, nil
}

func (s *temporalServer) PollActivityTaskQueue(ctx context.Context, poll *workflowservice.PollActivityTaskQueueRequest) (*workflowservice.PollActivityTaskQueueResponse, error) {
	from := poll.GetTaskQueue().GetName()
	s.polled.Store(from, poll.GetIdentity())
	s.limits.Store(from, poll.GetTaskQueueMetadata().GetMaxTasksPerSecond().GetValue())
	if s.task != nil && (s.queue == "" || s.queue == from) && s.done.CompareAndSwap(false, true) {
		return s.task, nil
	}
	idle(ctx)
	return &workflowservice.PollActivityTaskQueueResponse{}, nil
}

func idle(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(longPoll):
	}
}
