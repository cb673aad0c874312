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

// Conditions of the raw baseline, as those that the engine's own limit was first measured with.
const (
	rawWriters = 4
	rawBatch   = 500
)

// raw measures what the engine itself can take: the same lines as documents of their own, in unordered
// insertMany, with no index but _id, nothing checked, nothing counted. The database is dropped afterwards.
func (l *load) raw(ctx context.Context, uri string, n int) error {
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(uri).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: new(true)}))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	db := client.Database(fmt.Sprintf("roadbook_raw_%d", time.Now().UnixNano()))
	defer func() { _ = db.Drop(context.WithoutCancel(ctx)) }()
	shots, err := l.make(n, rawBatch)
	if err != nil {
		return err
	}
	jobs := make(chan []any, len(shots))
	for _, s := range shots {
		docs := make([]any, len(s.frame.Lines))
		for i, line := range s.frame.Lines {
			docs[i] = bson.D{{Key: "_id", Value: fmt.Sprintf("%s.%d", s.frame.Stream, s.frame.First+uint64(i))}, {Key: "line", Value: string(line)}}
		}
		jobs <- docs
	}
	close(jobs)
	began := time.Now()
	if err := insertAll(ctx, db.Collection("lines"), jobs); err != nil {
		return fmt.Errorf("raw insertMany: %w", err)
	}
	row(fmt.Sprintf("the engine's raw insertMany, %d writers of %d", rawWriters, rawBatch), "**%s**", rate(n, time.Since(began)))
	return nil
}

func insertAll(ctx context.Context, c *mongo.Collection, jobs <-chan []any) error {
	var wg sync.WaitGroup
	failed := make(chan error, rawWriters)
	for range rawWriters {
		wg.Go(func() {
			for docs := range jobs {
				if _, err := c.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false)); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	return <-failed
}
