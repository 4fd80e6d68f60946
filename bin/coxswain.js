#!/usr/bin/env node
// The launcher: plain JavaScript that any Node from 18 on can start.
import { ensureDependencies, run } from './bootstrap.js';

ensureDependencies();
// A young generation (MiB) that does not begin small: what a start or a burst of writes makes is not copied over and over.
run('src/main/bin.ts', process.argv.slice(2), ['--min-semi-space-size=16']);
