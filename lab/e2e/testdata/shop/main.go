// A program of somebody who uses carrierflow: it starts an operation and follows it to its end.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/workflows"
)

func main() {
	ctx := context.Background()
	c, err := client.Dial(client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS")})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	pollOften := carriers.Options{Timings: &carriers.Timings{PollEvery: 500_000_000}}
	request := stn.SetServices{Reference: os.Args[1], SubscriptionID: os.Args[2], Services: map[string]any{"voiceMail": true}, Options: pollOften}
	run, err := workflows.Start(ctx, c, request)
	if err != nil {
		log.Fatal(err)
	}
	result, err := workflows.Await(ctx, c, run.GetID())
	if err != nil {
		log.Fatal(err)
	}
	status, err := workflows.GetStatus(ctx, c, run.GetID(), "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Status, result.DecidedBy, result.Effect, status.Phase)
}
