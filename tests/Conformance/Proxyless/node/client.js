// Usage: node client.js xds:///HOST
// Each line "call N" on standard input makes N calls; a JSON line tells the answers and the errors by count.
'use strict';

const readline = require('readline');
const grpc = require('@grpc/grpc-js');
require('@grpc/grpc-js-xds').register();

const PARALLEL = 16;
const LIMIT_MS = 60000;
const raw = (bytes) => bytes;
const Echo = grpc.makeGenericClientConstructor({
  Who: { path: '/kxds.Echo/Who', requestStream: false, responseStream: false, requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw },
}, 'Echo');
const client = new Echo(process.argv[2], grpc.credentials.createInsecure());

const count = (counts, key) => { counts[key] = (counts[key] || 0) + 1; };

const call = (result) => new Promise((resolve) => {
  client.Who(Buffer.alloc(0), { deadline: Date.now() + LIMIT_MS }, (error, answer) => {
    if (error) count(result.errors, `${error.code} ${error.details}`);
    else count(result.answers, answer.toString());
    resolve();
  });
});

const callMany = async (n) => {
  const result = { answers: {}, errors: {} };
  let left = n;
  const worker = async () => { while (left-- > 0) await call(result); };
  await Promise.all(Array.from({ length: Math.min(n, PARALLEL) }, worker));
  return result;
};

const main = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await callMany(Number(line.split(' ')[1]))));
  }

  process.exit(0);
};

main();
