package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"
)

// bareWriters is the number of writers of the baseline, as in the first measurement of the engine's limit.
const bareWriters = 4

// bareEngine measures the engine without the server: the same lines as documents of their own, in unordered insertMany,
// with no index but _id, no checks and no sums. nil: no such engine.
type bareEngine struct {
	client *mongo.Client
	db     *mongo.Database
	lines  *mongo.Collection
	stored int
	copies int
}

func newBareEngine(ctx context.Context, uri string) (*bareEngine, error) {
	if uri == "" {
		return nil, nil //nolint:nilnil // as the type says
	}
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(uri).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: new(true)}))
	if err != nil {
		return nil, err
	}
	db := client.Database(fmt.Sprintf("roadbook_raw_%d", time.Now().UnixNano()))
	return &bareEngine{client: client, db: db, lines: db.Collection("lines")}, nil
}

// drop deletes the stored documents.
func (r *bareEngine) drop(ctx context.Context) {
	if r != nil {
		_ = r.db.Drop(ctx)
		_ = r.client.Disconnect(ctx)
	}
}

// fill brings the collection to at lines, with copies of the last lines under other ids; without lines it stays empty.
func (r *bareEngine) fill(ctx context.Context, requests []encodedRequest, at int) error {
	for r != nil && len(requests) > 0 && r.stored < at {
		r.copies++
		if err := r.insert(ctx, requests, r.copies); err != nil {
			return err
		}
	}
	return nil
}

// measure stores the lines of requests and returns the time taken.
func (r *bareEngine) measure(ctx context.Context, requests []encodedRequest) (time.Duration, error) {
	if r == nil {
		return 0, nil
	}
	began := time.Now()
	err := r.insert(ctx, requests, 0)
	return time.Since(began), err
}

func (r *bareEngine) insert(ctx context.Context, requests []encodedRequest, copied int) error {
	jobs := documents(requests, copied)
	for _, s := range requests {
		r.stored += len(s.frame.Lines)
	}
	return insertAll(ctx, r.lines, jobs)
}

// documents are the requests' lines; a copy has other ids.
func documents(requests []encodedRequest, copied int) <-chan []any {
	jobs := make(chan []any, len(requests))
	for _, s := range requests {
		docs := make([]any, len(s.frame.Lines))
		for i, line := range s.frame.Lines {
			id := fmt.Sprintf("%s~%d.%d", s.frame.Stream, copied, s.frame.First+uint64(i))
			docs[i] = bson.D{{Key: "_id", Value: id}, {Key: "line", Value: string(line)}}
		}
		jobs <- docs
	}
	close(jobs)
	return jobs
}

func insertAll(ctx context.Context, c *mongo.Collection, jobs <-chan []any) error {
	var wg sync.WaitGroup
	failed := make(chan error, bareWriters)
	for range bareWriters {
		wg.Go(func() {
			for docs := range jobs {
				if _, err := c.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false)); err != nil {
					failed <- fmt.Errorf("raw insertMany: %w", err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	return <-failed
}
