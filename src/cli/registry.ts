import type { Command } from './core/command.ts';
import { annotateCommand } from './commands/annotate.ts';
import { apiResourcesCommand } from './commands/api-resources.ts';
import { apiVersionsCommand } from './commands/api-versions.ts';
import { applyCommand } from './commands/apply.ts';
import { attachCommand } from './commands/attach.ts';
import { authCommand } from './commands/auth/auth.ts';
import { autoscaleCommand } from './commands/autoscale.ts';
import { certificateCommand } from './commands/certificate.ts';
import { clusterInfoCommand } from './commands/cluster-info.ts';
import { completionCommand } from './commands/completion/completion.ts';
import { configCommand } from './commands/config/config.ts';
import { cordonCommand, uncordonCommand } from './commands/cordon.ts';
import { cpCommand } from './commands/cp.ts';
import { createCommand } from './commands/create/create.ts';
import { debugCommand } from './commands/debug/debug.ts';
import { deleteCommand } from './commands/delete.ts';
import { describeCommand } from './commands/describe.ts';
import { diffCommand } from './commands/diff.ts';
import { drainCommand } from './commands/drain.ts';
import { editCommand } from './commands/edit.ts';
import { eventsCommand } from './commands/events.ts';
import { execCommand } from './commands/exec.ts';
import { explainCommand } from './commands/explain.ts';
import { exposeCommand } from './commands/expose.ts';
import { getCommand } from './commands/get.ts';
import { kubercCommand } from './commands/kuberc/kuberc.ts';
import { kustomizeCommand } from './commands/kustomize.ts';
import { labelCommand } from './commands/label.ts';
import { logsCommand } from './commands/logs.ts';
import { optionsCommand } from './commands/options.ts';
import { patchCommand } from './commands/patch.ts';
import { pluginCommand } from './commands/plugin/plugin.ts';
import { portForwardCommand } from './commands/port-forward.ts';
import { proxyCommand } from './commands/proxy.ts';
import { replaceCommand } from './commands/replace.ts';
import { rolloutCommand } from './commands/rollout/rollout.ts';
import { runCommand } from './commands/run.ts';
import { scaleCommand } from './commands/scale.ts';
import { setCommand } from './commands/set/set.ts';
import { taintCommand } from './commands/taint.ts';
import { topCommand } from './commands/top/top.ts';
import { versionCommand } from './commands/version.ts';
import { waitCommand } from './commands/wait.ts';

/** Every command of the cluster's user, sorted by name. A test compares the list with the disk. */
export const builtInCommands: readonly Command[] = [
  annotateCommand,
  apiResourcesCommand,
  apiVersionsCommand,
  applyCommand,
  attachCommand,
  authCommand,
  autoscaleCommand,
  certificateCommand,
  clusterInfoCommand,
  completionCommand,
  configCommand,
  cordonCommand,
  cpCommand,
  createCommand,
  debugCommand,
  deleteCommand,
  describeCommand,
  diffCommand,
  drainCommand,
  editCommand,
  eventsCommand,
  execCommand,
  explainCommand,
  exposeCommand,
  getCommand,
  kubercCommand,
  kustomizeCommand,
  labelCommand,
  logsCommand,
  optionsCommand,
  patchCommand,
  pluginCommand,
  portForwardCommand,
  proxyCommand,
  replaceCommand,
  rolloutCommand,
  runCommand,
  scaleCommand,
  setCommand,
  taintCommand,
  topCommand,
  uncordonCommand,
  versionCommand,
  waitCommand,
];
