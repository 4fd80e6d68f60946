import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { runScript } from '#test/pod-scenario.ts';

const folder = new URL('scenarios/', import.meta.url);

// UPDATE=1 writes the transcripts anew; the reviewer reads the difference.
for (const name of readdirSync(folder)) {
  test(`pod life cycle: ${name}`, () => {
    const file = new URL(name, folder);
    const script = readFileSync(file, 'utf8');
    const transcript = runScript(script);
    if (process.env.UPDATE) writeFileSync(file, transcript);
    else assert.equal(transcript, script);
  });
}
