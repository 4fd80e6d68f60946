#!/usr/bin/env node
// Runs one of the project's own scripts under the pinned Node: node bin/run.js FILE [ARG …]
import { engineFlags, ensureDependencies, run } from './bootstrap.js';

ensureDependencies({ development: true });
run(process.argv[2], process.argv.slice(3), engineFlags);
