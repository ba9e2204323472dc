// Loaded into a plugin before its own code (`node --require`): puts the arguments that are secret where its code looks
// for them. They come in variables, because every program of the machine can read command lines.
'use strict';

process.argv = process.argv.map((argument) => {
  const variable = /^NEXUS_ARGUMENT_\d+$/.test(argument) ? argument : undefined;
  return (variable === undefined ? undefined : process.env[variable]) ?? argument;
});
for (const name of Object.keys(process.env)) {
  if (name.startsWith('NEXUS_ARGUMENT_')) delete process.env[name];
}
