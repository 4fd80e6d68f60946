import type { Command } from './core/command.ts';
import { getCommand } from './commands/get.ts';

/** Every command of the cluster's user, sorted by name. A test compares the list with the disk. */
export const builtInCommands: readonly Command[] = [getCommand];
