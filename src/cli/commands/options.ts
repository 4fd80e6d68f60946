import { defineCommand } from '../core/command.ts';
import { globalFlags } from '../core/flag-groups.ts';
import { optionLines } from '../core/help.ts';

export const optionsCommand = defineCommand({
  name: 'options',
  summary: 'List the options that every command takes',
  examples: ['% options'],
  hidden: true,
  run: async context =>
    context.out(`The following options can be passed to any command:\n\n${optionLines(globalFlags)}\n`),
});
