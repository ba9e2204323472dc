/** Where the console has what a command of the terminal does; by how the command begins, the longest first. */
const places: readonly (readonly [command: RegExp, place: string])[] = [
  [/^plugin approve (?<plugin>\S+)$/, 'the tab Approval of $<plugin>'],
  [/^plugin health (?<plugin>\S+)$/, 'the page of $<plugin>'],
  [/^plugin logs (?<plugin>\S+)$/, 'the tab Log of $<plugin>'],
  [/^plugin install-deps (?<plugin>\S+)$/, '“Install its packages” on the page of $<plugin>'],
  [/^plugin enable (?<plugin>\S+)$/, '“Enable” on the page of $<plugin>'],
  [/^plugin restart (?<plugin>\S+)$/, '“Restart” on the page of $<plugin>'],
  [/^plugin add\b.*$/, 'the page Add a plugin'],
  [/^(?:plugins?|tools)\b.*$/, 'the page Plugins'],
  [/^settings (?:set|get) plugin\.(?<plugin>[a-z0-9-]+)\..*$/, 'the tab Settings of $<plugin>'],
  [/^settings (?:set|get) models\.(?!prices)\S*.*$/, 'the page Models'],
  [/^settings\b.*$/, 'the page Settings'],
  [/^models?\b.*$/, 'the page Models'],
  [/^(?:approvals|leases)\b.*$/, 'the page Approvals'],
  [/^(?:tasks|runs|reconcile)\b.*$/, 'the page Tasks'],
  [/^schedules?\b.*$/, 'the page Schedules'],
  [/^memories\b.*$/, 'the page Memory'],
  [/^assistants\b.*$/, 'the page Persona'],
  [/^logs\b.*$/, 'the page Logs'],
  [/^command$/, 'the menu that “/” opens in a chat'],
  [/^doctor\b.*$/, 'the page System'],
];

/** What the kernel says, for somebody who has a browser and no terminal: places of the console instead of commands. */
export function inConsole(text: string): string {
  return text
    .replaceAll(
      /(?<before>\b[Rr]un |\b[Ww]ith |)"nexus (?<command>[^"]+)"/g,
      (said, before: string, command: string) => {
        const found = places.find(([pattern]) => pattern.test(command));
        if (found === undefined) return said;
        const place = command.replace(found[0], found[1]);
        if (/run/i.test(before)) return `${before.startsWith('R') ? 'See' : 'see'} ${place}`;
        return before === '' ? place : `on ${place}`;
      },
    )
    .replace(/with POST \/api\/threads\/\S+\/restore/, 'under Conversations, in the trash')
    .replace('this client cannot ask its user', 'what a person runs by hand does not wait for one')
    .replace(
      'Use a client that supports elicitation, grant a lease, or set approvals.waitSeconds',
      'Ask the assistant to do it and allow it there, let such calls wait (Settings, Approvals), or choose who is asked on the tab Tools of its plugin',
    )
    .replace('Set models.default in the settings', 'Choose one on the page Models');
}
