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

// rawWriters are the writers of the raw baseline, as many as the engine's own limit was first measured with.
const rawWriters = 4

// raw is what the engine itself can take: the same lines as documents of their own, in unordered insertMany, with no index
// but _id, nothing checked, nothing counted. nil: there is no such engine.
type raw struct {
	client *mongo.Client
	db     *mongo.Database
	lines  *mongo.Collection
	stored int
	copies int
}

func newRaw(ctx context.Context, uri string) (*raw, error) {
	if uri == "" {
		return nil, nil //nolint:nilnil // as the type says
	}
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(uri).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: new(true)}))
	if err != nil {
		return nil, err
	}
	db := client.Database(fmt.Sprintf("roadbook_raw_%d", time.Now().UnixNano()))
	return &raw{client: client, db: db, lines: db.Collection("lines")}, nil
}

// drop deletes what was stored.
func (r *raw) drop(ctx context.Context) {
	if r != nil {
		_ = r.db.Drop(ctx)
		_ = r.client.Disconnect(ctx)
	}
}

// fill brings the collection to at lines, with copies of those stored last under other ids; it stays empty before.
func (r *raw) fill(ctx context.Context, shots []shot, at int) error {
	for r != nil && len(shots) > 0 && r.stored < at {
		r.copies++
		if err := r.insert(ctx, shots, r.copies); err != nil {
			return err
		}
	}
	return nil
}

// measure stores what a server has just taken in, and returns how long that took.
func (r *raw) measure(ctx context.Context, shots []shot) (time.Duration, error) {
	if r == nil {
		return 0, nil
	}
	began := time.Now()
	err := r.insert(ctx, shots, 0)
	return time.Since(began), err
}

func (r *raw) insert(ctx context.Context, shots []shot, copied int) error {
	jobs := documents(shots, copied)
	for _, s := range shots {
		r.stored += len(s.frame.Lines)
	}
	return insertAll(ctx, r.lines, jobs)
}

// documents are the shots' lines; copied again they bear other ids.
func documents(shots []shot, copied int) <-chan []any {
	jobs := make(chan []any, len(shots))
	for _, s := range shots {
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
	failed := make(chan error, rawWriters)
	for range rawWriters {
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
