import t from 'tap';
import { sensitivityOf } from '../../runtime/base/sensitive-key.ts';

const ALL = `password Password PASSWORD userPassword password_confirmation DB_PASSWORD passwd pwd passphrase ssh-passphrase
  cvv ssn`;
const TEXT = `token accessToken access_token X-Auth-Token refreshToken TOKEN tokens secret clientSecret AWS_SECRET_ACCESS_KEY
  authorization Proxy-Authorization cookie Set-Cookie api_key apiKey APIKey X-API-Key apikey OPENAI_API_KEY privateKey
  private_key ssh_key signingKey encryption-key credentials jwt smtp_pass SLACK_BOT_TOKEN sessionToken csrfToken
  auth_token bearer basic_auth`;
const HARMLESS = `token_count max_tokens maxTokens total_tokens tokensUsed token_type tokenBudget inputTokens page_token
  nextPageToken continuation_token tokenizer secretary author authority authorName keyboard key keys public_key primaryKey
  monkey password_policy passwordLength password_required secret_name token_url tokenExpiresAt cookieConsent compass
  bypass passenger name title id`;

for (const [sensitivity, keys] of [
  ['all', ALL],
  ['text', TEXT],
  ['none', HARMLESS],
] as const) {
  await t.test(`values whose keys hide ${sensitivity}`, (test) => {
    for (const key of keys.split(/\s+/)) test.equal(sensitivityOf(key), sensitivity, key);
    test.end();
  });
}

await t.test('a key of any size and many keys cost little', (test) => {
  test.equal(sensitivityOf(`password_${'x'.repeat(1_000_000)}`), 'all');
  test.equal(sensitivityOf(`${'aB'.repeat(500_000)}token`), 'none', 'only the beginning of a key is read');
  for (let count = 0; count < 5_000; count += 1) sensitivityOf(`token${count}`);
  test.equal(sensitivityOf('token'), 'text');
  test.end();
});
