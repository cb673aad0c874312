package mongostore

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
)

// wantedPlan is the required plan of a shape.
type wantedPlan struct {
	by    string // index, used with bounds
	whole string // the reason for reading the whole collection, or a whole index
	sorts bool   // MongoDB's index gives the order; PostgreSQL reads and sorts all documents found
}

// plans are the shapes with other filters than the ids of all wanted documents. A new shape must be added here.
var plans = map[string]wantedPlan{
	"entries {$and[{_id{$gt}} {_id{$lt}} {$or[{expires} {expires{$gt}}]}]} sort:_id limit": {by: "_id_"},
	"entries {$and[{expires{$gt}} {expires{$lt}}]}":                                        {by: "roadbook_09"},
	"entries {_id{$gt}} sort:_id limit":                                                    {by: "_id_"},

	"frames {$and[{_id{$gte}} {_id{$lt}} {stream} {n{$gt}} {n{$lte}}]} sort:n limit hint":     {by: "roadbook_07"},
	"frames {$and[{_id{$gte}} {_id{$lt}}]} sort:_id limit":                                    {by: "_id_"},
	"frames {$and[{_id{$gt}} {_id{$gte}} {_id{$lt}}]} sort:_id limit":                         {by: "_id_"},
	"frames {$and[{stream} {last{$gte}} {first{$lte}} {_id{$gte}} {_id{$lt}}]} hint":          {by: "roadbook_06"},
	"frames {$and[{stream} {last{$gte}} {first{$lte}} {_id{$gte}} {_id{$lt}}]} sort:_id hint": {by: "roadbook_06"},
	"frames {_id{$gt}} sort:_id limit":                                                        {by: "_id_"},
	"frames {waiting{$gt}}":                                                                   {by: "roadbook_08"},
	"frames {waiting{$gt}} sort:waiting limit":                                                {by: "roadbook_08"},
	"frames {}":                        {whole: "Counts adds up all lines"},
	"groups {_id{$gt}} sort:_id limit": {by: "_id_"},
	"held {$and[{released{$gt}} {_id{$gte}} {_id{$lt}}]} sort:_id limit":            {by: "roadbook_11"},
	"held {$and[{released{$gt}} {_id{$gt}} {_id{$gte}} {_id{$lt}}]} sort:_id limit": {by: "roadbook_11"},
	"held {released{$gt}} sort:_id limit":                                           {whole: "verify reads all that was let go"},
	"held {$and[{released{$gt}} {_id{$gt}}]} sort:_id limit":                        {whole: "the same, its next page"},
	"held {$and[{released} {_id{$gte}} {_id{$lt}}]} sort:_id limit":                 {by: "roadbook_11"},
	"held {$and[{released} {_id{$gt}} {_id{$gte}} {_id{$lt}}]} sort:_id limit":      {by: "roadbook_11"},
	"held {$and[{released} {_id{$gt}}]} sort:_id limit":                             {by: "roadbook_11", sorts: true},
	"held {$and[{_id{$gte}} {_id{$lt}}]} sort:_id limit":                            {by: "_id_"},
	"held {$and[{_id{$gt}} {_id{$lt}}]} sort:_id limit":                             {by: "_id_"},
	"held {released}":                                     {by: "roadbook_11"},
	"held {released} sort:_id limit":                      {by: "roadbook_11", sorts: true},
	"leaves {$and[{to{$gte}} {from{$lte}} {unit}]} hint":  {by: "roadbook_05"},
	"leaves {$and[{to{$gte}} {from{$lte}}]}":              {by: "roadbook_10"},
	"leaves {plot{$in[]}}":                                {by: "roadbook_04"},
	"leaves {$and[{_id{$gte}} {_id{$lt}}]} limit":         {by: "_id_"},
	"leaves {_id{$gt}} sort:_id limit":                    {by: "_id_"},
	"leaves {$and[{kind} {day{$gte}} {day{$lte}}]} limit": {by: "roadbook_13"},
	"leaves {}": {whole: "Rebuild looks at every leaf"},
	"records {$and[{_id{$gte}} {leaves{$elemMatch{$gte $lt}}}]} sort:_id limit": {whole: "a unit's records, where they stand in many leaves, are among everybody's"},
	"records {$and[{_id{$gt}} {leaves{$elemMatch{$gte $lt}}}]} sort:_id limit":  {whole: "the same, its next page"},
	"records {$and[{_id{$gte}} {leaves{$in[]}}]} sort:_id limit hint":           {by: "roadbook_01"},
	"records {$and[{_id{$gt}} {leaves{$in[]}}]} sort:_id limit hint":            {by: "roadbook_01"},
	"records {_id{$gte}} sort:_id limit":                                        {by: "_id_"},
	"records {_id{$gt}} sort:_id limit":                                         {by: "_id_"},
	"records {groups{$in[]}}":                                                   {by: "roadbook_02"},
	"records {leaves{$in[]}}":                                                   {by: "roadbook_01"},
	"records {leftby{$in[]}}":                                                   {by: "roadbook_03"},
	"records {}":                                                                {whole: "Counts adds up all records"},
	"streams {_id{$gt}} sort:_id limit":                                         {by: "_id_"},
	"streams {n{$gt}} sort:_id":                                                 {whole: "the feed of all units reads every summary"},
	"streams {units{$in[]}} sort:_id":                                           {by: "roadbook_12"},

	"side {$and[{_id{$gt}} {_id{$gte}} {_id{$lt}}]} sort:_id limit": {by: "_id_"},
	"side {_id{$gt}} sort:_id limit":                                {by: "_id_"},
}

// byID reports whether a shape names the ids of all wanted documents.
func byID(shape string) bool {
	return regexp.MustCompile(`^\w+ \{(\$and\[\{)?_id(\{\$in\[\]\})?\}`).MatchString(shape)
}

// seenPlan is an engine's plan of a query.
type seenPlan struct {
	indexes  []string
	bounded  bool  // every index by bounds of its first field
	scans    bool  // a collection is read without an index
	examined int64 // documents; -1 if unknown
	returned int64
	beneath  bool // PostgreSQL counted them
}

// faultOf reports the fault of a plan, or "".
func (want wantedPlan) faultOf(got seenPlan) string {
	switch {
	case want.whole != "":
		return ""
	case got.scans || len(got.indexes) == 0:
		return "no index is used"
	case slices.ContainsFunc(got.indexes, func(ix string) bool { return ix != want.by }):
		return fmt.Sprintf("by %v, want %s", got.indexes, want.by)
	case !got.bounded:
		return "by all of " + want.by
	case got.examined > 2*got.returned+1000 && !(want.sorts && got.beneath):
		return fmt.Sprintf("%d documents are looked at for %d", got.examined, got.returned)
	}
	return ""
}

// planOf parses an explanation: MongoDB's stages, or the nodes of PostgreSQL under FerretDB. In the latter, each
// condition on an index begins with a condition on the collection.
func planOf(explained bson.Raw) seenPlan {
	p := seenPlan{bounded: true, examined: -1}
	p.walk(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: explained.Lookup("queryPlanner").Value})
	if n, ok := explained.Lookup("executionStats", "totalDocsExamined").AsInt64OK(); ok {
		p.examined = n
		p.returned, _ = explained.Lookup("executionStats", "nReturned").AsInt64OK()
	}
	return p
}

func (p *seenPlan) walk(v bson.RawValue) {
	if doc, ok := v.DocumentOK(); ok {
		p.mongoStage(doc)
		p.postgresNode(doc)
		elements, _ := doc.Elements()
		for _, e := range elements {
			if e.Key() != "rejectedPlans" {
				p.walk(e.Value())
			}
		}
	}
	if array, ok := v.ArrayOK(); ok {
		values, _ := array.Values()
		for _, e := range values {
			p.walk(e)
		}
	}
}

func (p *seenPlan) mongoStage(doc bson.Raw) {
	stage, _ := doc.Lookup("stage").StringValueOK()
	switch stage {
	case "COLLSCAN":
		p.scans = true
	case "IDHACK", "EXPRESS_IXSCAN":
		p.indexes = append(p.indexes, "_id_")
	case "IXSCAN":
		name, _ := doc.Lookup("indexName").StringValueOK()
		p.indexes = append(p.indexes, name)
		elements, _ := doc.Lookup("indexBounds").Document().Elements()
		if len(elements) == 0 || strings.Contains(elements[0].Value().String(), "[MinKey, MaxKey]") {
			p.bounded = false
		}
	}
}

func (p *seenPlan) postgresNode(doc bson.Raw) {
	node, _ := doc.Lookup("Node Type").StringValueOK()
	name, indexed := doc.Lookup("Index Name").StringValueOK()
	cond, _ := doc.Lookup("Index Cond").StringValueOK()
	switch {
	case strings.Contains(node, "Seq Scan"):
		p.scans = true
	case indexed:
		p.indexes = append(p.indexes, name)
		p.bounded = p.bounded && (strings.Contains(cond, "object_id") || strings.Contains(cond, "document OPERATOR"))
	}
}

// postgresPlan is a node of PostgreSQL's plan, with its actual figures.
type postgresPlan struct {
	Type      string         `json:"Node Type"`
	Rows      float64        `json:"Actual Rows"` // rows returned, as an average over its loops
	Loops     float64        `json:"Actual Loops"`
	Filtered  float64        `json:"Rows Removed by Filter"`
	Rechecked float64        `json:"Rows Removed by Index Recheck"`
	Plans     []postgresPlan `json:"Plans"`
}

// examined is the number of documents examined: the rows returned and the rows filtered out by the nodes that read a
// table.
func (p *postgresPlan) examined() (n int64) {
	switch p.Type {
	case "Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan":
		n = int64((p.Rows + p.Filtered + p.Rechecked) * p.Loops)
	}
	for i := range p.Plans {
		n += p.Plans[i].examined()
	}
	return n
}

// TestPlansCount: shortened explanations of PostgreSQL, and the number of documents examined in each.
func TestPlansCount(t *testing.T) {
	for text, want := range map[string]int64{
		`{"Node Type":"Limit","Actual Rows":3,"Actual Loops":1,"Plans":[{"Node Type":"Seq Scan","Actual Rows":3,"Actual Loops":1,"Rows Removed by Filter":3997}]}`: 4000,
		`{"Node Type":"Bitmap Heap Scan","Actual Rows":38,"Actual Loops":1,"Rows Removed by Index Recheck":2,
			"Plans":[{"Node Type":"Bitmap Index Scan","Actual Rows":38,"Actual Loops":1}]}`: 40,
		`{"Node Type":"Nested Loop","Actual Rows":6,"Actual Loops":1,"Plans":[{"Node Type":"Values Scan","Actual Rows":3,"Actual Loops":1},
			{"Node Type":"Index Scan","Actual Rows":2,"Actual Loops":3,"Rows Removed by Filter":1}]}`: 9,
	} {
		var p postgresPlan
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if got := p.examined(); got != want {
			t.Errorf("%d were looked at, want %d: %s", got, want, text)
		}
	}
}

// TestPlansNotice: shortened explanations as written by both engines, and the fault to be found in each.
func TestPlansNotice(t *testing.T) {
	const mongo, postgres = `{"queryPlanner":{"winningPlan":%s,"rejectedPlans":[{"stage":"COLLSCAN"}]},"executionStats":{"nReturned":2,"totalDocsExamined":%d}}`,
		`{"queryPlanner":{"Plan":{"Node Type":"Custom Scan","Plans":[%s]}}}`
	for _, tt := range []struct {
		plan string
		want wantedPlan
		ok   bool
	}{
		{fmt.Sprintf(mongo, `{"stage":"FETCH","inputStage":{"stage":"IXSCAN","indexName":"a","indexBounds":{"x":["[1, 2]"]}}}`, 3), wantedPlan{by: "a"}, true},
		{fmt.Sprintf(mongo, `{"stage":"FETCH","inputStage":{"stage":"IXSCAN","indexName":"a","indexBounds":{"x":["[1, 2]"]}}}`, 4000), wantedPlan{by: "a"}, false},
		{fmt.Sprintf(mongo, `{"stage":"FETCH","inputStage":{"stage":"IXSCAN","indexName":"b","indexBounds":{"x":["[1, 2]"]}}}`, 3), wantedPlan{by: "a"}, false},
		{fmt.Sprintf(mongo, `{"stage":"FETCH","inputStage":{"stage":"IXSCAN","indexName":"a","indexBounds":{"x":["[MinKey, MaxKey]"]}}}`, 3), wantedPlan{by: "a"}, false},
		{fmt.Sprintf(mongo, `{"stage":"COLLSCAN"}`, 3), wantedPlan{by: "a"}, false},
		{fmt.Sprintf(mongo, `{"stage":"COLLSCAN"}`, 3), wantedPlan{whole: "so"}, true},
		{fmt.Sprintf(mongo, `{"stage":"IDHACK"}`, 1), wantedPlan{by: "_id_"}, true},
		{fmt.Sprintf(postgres, `{"Node Type":"Index Scan","Index Name":"_id_","Index Cond":"((shard_key_value = '1'::bigint) AND (object_id OPERATOR(documentdb_core.=) 'BSONHEX00'::documentdb_core.bson))"}`), wantedPlan{by: "_id_"}, true},
		{fmt.Sprintf(postgres, `{"Node Type":"Bitmap Index Scan","Index Name":"_id_","Index Cond":"(shard_key_value = '1'::bigint)"}`), wantedPlan{by: "_id_"}, false},
		{fmt.Sprintf(postgres, `{"Node Type":"Seq Scan","Relation Name":"documents_1"}`), wantedPlan{by: "_id_"}, false},
		{fmt.Sprintf(postgres, `{"Node Type":"Index Scan","Index Name":"a","Index Cond":"(document OPERATOR(documentdb_api_catalog.@=) 'BSONHEX00'::documentdb_core.bson)"}`), wantedPlan{by: "a"}, true},
	} {
		var plan bson.Raw
		if err := bson.UnmarshalExtJSON([]byte(tt.plan), false, &plan); err != nil {
			t.Fatal(err)
		}
		if fault := tt.want.faultOf(planOf(plan)); (fault == "") != tt.ok {
			t.Errorf("%s: %q", tt.plan, fault)
		}
	}
	if !byID("groups {_id{$in[]}}") || !byID("leaves {$and[{_id} {counted{$not{$gte}}}]}") || byID("frames {_id{$gt}} sort:_id limit") || byID("frames {}") {
		t.Error("what is by id is not told from the rest")
	}
}
