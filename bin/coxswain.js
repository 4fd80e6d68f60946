#!/usr/bin/env node
// The launcher: plain JavaScript that any Node from 18 on can start.
import { basename } from 'node:path';
import { engineFlags, ensureDependencies, run } from './bootstrap.js';

ensureDependencies();
const [, path, ...words] = process.argv;
// A link of the name kubectl speaks as kubectl.
run('src/main/bin.ts', words, engineFlags, basename(path) === 'kubectl' ? 'kubectl' : undefined);
