import t from 'tap';
import { inConsole } from '../../runtime/console/src/api/console-words.ts';

const said = {
  'Set it with "nexus settings set plugin.github.GITHUB_TOKEN"': 'Set it on the tab Settings of github',
  'Check the name of the model with "nexus models list"': 'Check the name of the model on the page Models',
  'Run "nexus plugins" for the names': 'See the page Plugins for the names',
  'See "nexus plugin logs echo"': 'See the tab Log of echo',
  'Run "nexus plugin enable echo"': 'See “Enable” on the page of echo',
  'See what it is and agree to it with "nexus plugin approve echo"':
    'See what it is and agree to it on the tab Approval of echo',
  'Take it out with POST /api/threads/t1/restore': 'Take it out under Conversations, in the trash',
  'No model is chosen. Set models.default in the settings':
    'No model is chosen. Choose one on the page Models',
  'Use a client that supports elicitation, grant a lease, or set approvals.waitSeconds':
    'Ask the assistant to do it and allow it there, let such calls wait (Settings, Approvals), or choose who is asked on the tab Tools of its plugin',
  'Run "nexus command" for the list': 'See the menu that “/” opens in a chat for the list',
  'Run "nexus login" for another link': 'Run "nexus login" for another link',
  'A file named "nexus"': 'A file named "nexus"',
};
for (const [kernel, console] of Object.entries(said)) t.equal(inConsole(kernel), console);
