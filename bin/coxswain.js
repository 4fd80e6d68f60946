#!/usr/bin/env node
// The launcher: plain JavaScript that any Node from 18 on can start.
import { ensureDependencies, run } from './bootstrap.js';

ensureDependencies();
// A young generation (MiB) that does not begin small: what a start or a burst of writes makes is not copied over and over.
// Nor does it grow, for that is resident twice, and what buffers it holds on to as well.
const youngGeneration = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
run('src/main/bin.ts', process.argv.slice(2), youngGeneration);
