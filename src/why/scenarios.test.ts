import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { runScript } from './testing.ts';

const directory = new URL('./scenarios/', import.meta.url);

for (const file of readdirSync(directory).sort()) {
  test(`scenario ${file}`, () => {
    const url = new URL(file, directory);
    const script = readFileSync(url, 'utf8');
    const transcript = runScript(script);
    if (process.env.UPDATE === '1') writeFileSync(url, transcript);
    else assert.equal(transcript, script);
  });
}
