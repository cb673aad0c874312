// Makes of mongo1, mongo2 and mongo3 one replica set and in it an administrator and the servers' user.
// Run by mongosh inside mongo1's network (docker/compose.yaml); may run any number of times.

const fs = require('fs');
const secret = (name) => fs.readFileSync('/run/secrets/' + name, 'utf8').trim();

const adminPassword = secret('mongo_admin');
const found = /^mongodb:\/\/([^:@/]+):([^:@/]+)@[^/]+\/([A-Za-z0-9_-]+)\?/.exec(secret('mongo_uri'));
if (!found || adminPassword.length < 16) {
  print('mongo_uri 应为 mongodb://USER:PASSWORD@mongo1,mongo2,mongo3/roadbook?replicaSet=rs0，mongo_admin 至少 16 个字符');
  print('mongo_uri must be mongodb://USER:PASSWORD@mongo1,mongo2,mongo3/roadbook?replicaSet=rs0, mongo_admin 16 characters or more');
  quit(2);
}
const [, user, password, database] = found.map(decodeURIComponent);

const db0 = connect('mongodb://127.0.0.1:27017/admin?directConnection=true&serverSelectionTimeoutMS=10000');

// signIn says whether the administrator exists: then the set was initiated before.
function signIn() {
  try {
    return db0.auth('admin', adminPassword).ok === 1;
  } catch (e) {
    return false;
  }
}

function initiate() {
  try {
    db0.adminCommand({replSetInitiate: {
      _id: 'rs0',
      members: [
        {_id: 0, host: 'mongo1:27017', priority: 2}, // so that the first users can be made here
        {_id: 1, host: 'mongo2:27017'},
        {_id: 2, host: 'mongo3:27017'},
      ],
    }});
  } catch (e) {
    if (e.codeName !== 'AlreadyInitialized') throw e;
  }
}

function waitForPrimary() {
  for (let i = 0; i < 120; i++) {
    if (db0.hello().isWritablePrimary) return;
    sleep(500);
  }
  throw new Error('mongo1 did not become primary within a minute');
}

// In a set that exists, mongo2 may be primary for good reason: then its users exist as well.
if (signIn()) {
  print('replica set and administrator: there');
  if (!db0.hello().isWritablePrimary) {
    print('mongo1 is not primary: users are left as they are');
    quit(0);
  }
} else {
  initiate();
  waitForPrimary();
  db0.createUser({user: 'admin', pwd: adminPassword, roles: ['root']}, {w: 'majority', wtimeout: 60000});
  if (!signIn()) throw new Error('the administrator was made but can not sign in');
  print('replica set and administrator: made');
}

// The servers' user may read and write their database, and nothing else.
const own = db0.getSiblingDB(database);
const rights = {pwd: password, roles: [{role: 'readWrite', db: database}]};
const concern = {w: 'majority', wtimeout: 60000};
if (own.getUser(user)) {
  own.updateUser(user, rights, concern);
} else {
  own.createUser({user, ...rights}, concern);
}
print(`user ${user}: readWrite on ${database}`);
quit(0);
