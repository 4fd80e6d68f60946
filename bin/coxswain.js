#!/usr/bin/env node
// The launcher: plain JavaScript that any Node from 18 on can start.
import { engineFlags, ensureDependencies, run } from './bootstrap.js';

ensureDependencies();
run('src/main/bin.ts', process.argv.slice(2), engineFlags);
