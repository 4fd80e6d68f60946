/**
 * Plays a text script: lines are commands or comments, and after '----' come the answers, up to the next empty line.
 * Gives the script with the answers that `run` has now.
 */
export function playScript(script: string, run: (line: string) => readonly string[]): string {
  const out: string[] = [];
  let answers: string[] = [];
  let skipping = false;
  for (const line of script.split('\n')) {
    if (line === '----') {
      out.push(line, ...answers);
      answers = [];
      skipping = true;
    } else if (line.trim() === '') {
      skipping = false;
      out.push('');
    } else if (!skipping) {
      out.push(line);
      if (!line.startsWith('#')) answers.push(...run(line));
    }
  }
  return out.join('\n');
}
