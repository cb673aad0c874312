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

// raw measures what the engine itself can take at each of the sizes: n lines as documents of their own, in unordered
// insertMany, with no index but _id, nothing checked, nothing counted. The database is dropped afterwards.
func (l *load) raw(ctx context.Context, uri string, sizes []int, n int) error {
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(uri).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: new(true)}))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	db := client.Database(fmt.Sprintf("roadbook_raw_%d", time.Now().UnixNano()))
	defer func() { _ = db.Drop(context.WithoutCancel(ctx)) }()
	c := db.Collection("lines")
	stored, copies := 0, 0
	for _, at := range sizes {
		shots, err := l.make(n, rawBatch)
		if err != nil {
			return err
		}
		for ; stored < at; stored += n { // the same lines under other ids
			copies++
			if err := insertAll(ctx, c, documents(shots, copies)); err != nil {
				return err
			}
		}
		jobs := documents(shots, 0)
		began := time.Now()
		if err := insertAll(ctx, c, jobs); err != nil {
			return err
		}
		row(fmt.Sprintf("the engine's raw insertMany, %d writers of %d, %d stored", rawWriters, rawBatch, stored), "**%s**", rate(n, time.Since(began)))
		stored += n
	}
	return nil
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
