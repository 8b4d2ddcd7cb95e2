// Package iface stands for the types in which a deployment version says how its workers are started and scaled. The server of the lab
// gets none of them, because the client of this stub refuses them.
package iface

import (
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
)

// ComputeProviderType names a service that runs workers.
type ComputeProviderType string

// ScalingAlgorithmType names a rule of scaling.
type ScalingAlgorithmType string

// ComputeProviderSpec is a service that runs workers, with its settings.
type ComputeProviderSpec struct {
	ProviderType  ComputeProviderType
	Config        *common.Payload
	NexusEndpoint string
}

// ScalingAlgorithmSpec is a rule of scaling, with its settings.
type ScalingAlgorithmSpec struct {
	ScalingAlgorithm ScalingAlgorithmType
	Config           *common.Payload
}

// ScalingGroupSpec is workers that are scaled together.
type ScalingGroupSpec struct {
	TaskTypes []enums.TaskQueueType
	Compute   ComputeProviderSpec
	Scaling   *ScalingAlgorithmSpec
}

// ScalingGroupSpecUpdate is a group, and which of its fields to change.
type ScalingGroupSpecUpdate struct {
	Spec       ScalingGroupSpec
	UpdateMask []string
}

// WorkerControllerInstanceSpec is all groups of a deployment version.
type WorkerControllerInstanceSpec struct {
	ScalingGroupSpecs map[string]ScalingGroupSpec
}

// ValidationResult says whether a service accepts a spec.
type ValidationResult string

// ValidationResultFailed is a spec that is not accepted.
const ValidationResultFailed ValidationResult = "failed"

// ValidationStatus is when a spec was checked last, and the result.
type ValidationStatus struct {
	LastValidationTime time.Time
	Status             ValidationResult
	ErrMessage         string
}

// QueryDescribeWorkerControllerInstanceResponse is the spec of a deployment version.
type QueryDescribeWorkerControllerInstanceResponse struct {
	Spec             *WorkerControllerInstanceSpec
	ValidationStatus *ValidationStatus
}

// UpdateWorkerControllerInstanceResponse is the spec after a change.
type UpdateWorkerControllerInstanceResponse struct {
	Spec *WorkerControllerInstanceSpec
}
