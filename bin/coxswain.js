#!/usr/bin/env node
// The launcher: plain JavaScript that any Node from 18 on can start.
import { ensureDependencies, run, youngGeneration } from './bootstrap.js';

ensureDependencies();
run('src/main/bin.ts', process.argv.slice(2), youngGeneration);
