import { Page } from '../../parts/page.tsx';
import { PasswordSection } from './password-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { TokensSection } from './tokens-section.tsx';

/** Who may come in: the password, the browsers that are signed in, the tokens of programs. */
export function AccessPage() {
  return (
    <Page title="Access" text="Who may come in, and with what.">
      <PasswordSection />
      <SessionsSection />
      <TokensSection />
    </Page>
  );
}
