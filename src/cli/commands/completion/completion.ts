import { defineCommand } from '../../core/command.ts';
import { scripts } from './scripts.ts';

export const completionCommand = defineCommand({
  name: 'completion',
  usage: 'SHELL',
  summary: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  details:
    'The shell asks this program what the word before the cursor may become: commands, flags, and what the cluster has.',
  examples: [
    'source <(% completion bash)',
    '% completion zsh > /usr/local/share/zsh/site-functions/_%',
    '% completion fish > ~/.config/fish/completions/%.fish',
    '% completion powershell >> $PROFILE',
  ],
  run: async context => {
    const { args, program } = context;
    const [shell] = args;
    if (shell === undefined) throw context.usageError('Shell not specified.');
    if (args.length > 1) throw context.usageError('Too many arguments. Expected only the shell type.');
    if (!Object.hasOwn(scripts, shell))
      throw context.usageError(`Unsupported shell type ${JSON.stringify(shell)}.`);
    context.out(scripts[shell]!(program));
  },
});
