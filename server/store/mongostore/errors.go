package mongostore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/mongo"
	xdriver "go.mongodb.org/mongo-driver/x/mongo/driver"
	"go.mongodb.org/mongo-driver/x/mongo/driver/topology"

	"roadbook/server/store"
)

var (
	// ErrWriteConcern: a write landed on one machine without confirmation by a majority and may be rolled back. It is
	// an ErrUnavailable.
	ErrWriteConcern = fmt.Errorf("%w: no majority confirmed the write", store.ErrUnavailable)
	// ErrSignIn: the database does not accept this user and password. It is an ErrDenied.
	ErrSignIn = fmt.Errorf("%w: it refused the sign-in", store.ErrDenied)
)

// duplicate is the error code of a duplicate key. Engines differ in the message.
const duplicate = 11000

// meanings maps the error codes of a server to errors of the store. Any other code is permanent: a fault of the
// program.
var meanings = map[int]error{
	// A later attempt may succeed: the server stops, steps down, has stepped down, was interrupted, or took too long.
	6:     store.ErrUnavailable, // HostUnreachable
	7:     store.ErrUnavailable, // HostNotFound
	24:    store.ErrUnavailable, // LockTimeout
	43:    store.ErrUnavailable, // CursorNotFound
	50:    store.ErrUnavailable, // MaxTimeMSExpired
	64:    store.ErrUnavailable, // WriteConcernTimeout
	89:    store.ErrUnavailable, // NetworkTimeout
	91:    store.ErrUnavailable, // ShutdownInProgress
	112:   store.ErrUnavailable, // WriteConflict
	133:   store.ErrUnavailable, // FailedToSatisfyReadPreference
	134:   store.ErrUnavailable, // ReadConcernMajorityNotAvailableYet
	175:   store.ErrUnavailable, // QueryPlanKilled
	189:   store.ErrUnavailable, // PrimarySteppedDown
	202:   store.ErrUnavailable, // NetworkInterfaceExceededTimeLimit
	211:   store.ErrUnavailable, // KeyNotFound: of a cluster time that the server can't check yet
	237:   store.ErrUnavailable, // CursorKilled
	262:   store.ErrUnavailable, // ExceededTimeLimit
	317:   store.ErrUnavailable, // ConnectionPoolExpired
	365:   store.ErrUnavailable, // TemporarilyUnavailable
	9001:  store.ErrUnavailable, // SocketException
	10058: store.ErrUnavailable, // LegacyNotPrimary
	10107: store.ErrUnavailable, // NotWritablePrimary
	11600: store.ErrUnavailable, // InterruptedAtShutdown
	11602: store.ErrUnavailable, // InterruptedDueToReplStateChange
	13388: store.ErrUnavailable, // StaleConfig
	13435: store.ErrUnavailable, // NotPrimaryNoSecondaryOk
	13436: store.ErrUnavailable, // NotPrimaryOrSecondary

	// An administrator has to let this program in, or grant rights.
	11:    ErrSignIn,       // UserNotFound
	13:    store.ErrDenied, // Unauthorized
	18:    ErrSignIn,       // AuthenticationFailed
	334:   ErrSignIn,       // MechanismUnavailable
	8000:  store.ErrDenied, // AtlasError
	73:    ErrAddress,      // InvalidNamespace: no name for a database
	14031: store.ErrFull,   // OutOfDiskSpace
	12501: store.ErrFull,   // quota exceeded
}

// phrases are parts of error messages without a code of their own: FerretDB returns errors of PostgreSQL under code 1,
// and Atlas uses 8000 for many errors.
var phrases = []struct {
	text  string
	means error
}{
	{"No space left on device", store.ErrFull},
	{"over your space quota", store.ErrFull},
	{"failed to connect to `", store.ErrUnavailable}, // PostgreSQL is away,
	{"unexpected EOF", store.ErrUnavailable},         // went away during a command,
	{"terminating connection", store.ErrUnavailable}, // or is going
	{"deadlock detected", store.ErrUnavailable},
}

// translate converts the driver's errors to errors of the store. The server's answer comes before the state of the
// connection, since a refused sign-in also ends the connection.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if unconfirmed(err) {
		return fmt.Errorf("%w: %w", ErrWriteConcern, err)
	}
	if meaning := meaningOfAnswer(err); meaning != nil {
		return fmt.Errorf("%w: %w", meaning, err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || mongo.IsTimeout(err) || mongo.IsNetworkError(err) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, shorten(err))
	}
	return fmt.Errorf("mongostore: %w", err)
}

// meaningOfAnswer returns the meaning of a server's answer; nil without an answer, or for an unknown code.
func meaningOfAnswer(err error) error {
	if s, ok := errors.AsType[mongo.ServerError](err); ok {
		for _, w := range phrases {
			if s.HasErrorMessage(w.text) {
				return w.means
			}
		}
		if meaning := meaningOfCodes(s); meaning != nil {
			return meaning
		}
		if s.HasErrorLabel("RetryableWriteError") || s.HasErrorLabel("TransientTransactionError") {
			return store.ErrUnavailable
		}
	}
	if s, ok := errors.AsType[xdriver.Error](err); ok { // at the start of a connection: not converted by the driver
		return meanings[int(s.Code)]
	}
	return nil
}

// meaningOfCodes returns the meaning of an error's codes. A bulk may have several codes: a meaning other than
// ErrUnavailable comes first.
func meaningOfCodes(s mongo.ServerError) (found error) {
	for code, meaning := range meanings {
		if s.HasErrorCode(code) && (found == nil || errors.Is(found, store.ErrUnavailable)) {
			found = meaning
		}
	}
	return found
}

// unconfirmed reports whether writes landed without confirmation by a majority.
func unconfirmed(err error) bool {
	if bulk, ok := errors.AsType[mongo.BulkWriteException](err); ok {
		return bulk.WriteConcernError != nil
	}
	write, ok := errors.AsType[mongo.WriteException](err)
	return ok && write.WriteConcernError != nil
}

// shortError is an error with a shorter text.
type shortError struct {
	text string
	err  error
}

func (s *shortError) Error() string { return s.text }
func (s *shortError) Unwrap() error { return s.err }

// shorten reports the addresses that did not answer and the reasons, and leaves out the rest of the driver's
// description of the deployment.
func shorten(err error) error {
	selection, ok := errors.AsType[topology.ServerSelectionError](err)
	if !ok {
		return err
	}
	var answers []string
	for _, server := range selection.Desc.Servers {
		text := server.Addr.String() + ": " + server.Kind.String()
		if server.LastError != nil {
			text = server.Addr.String() + ": " + cause(server.LastError).Error()
		}
		answers = append(answers, text)
	}
	if len(answers) == 0 {
		return err
	}
	return &shortError{"no server to be had: " + strings.Join(answers, "; "), err}
}

// cause is the innermost error.
func cause(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
