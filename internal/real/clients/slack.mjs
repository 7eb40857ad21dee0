// Talks to the sandbox's Slack with Slack's own client: who and where one is,
// lists page by page, messages, threads, limits, and what is refused.
import { WebClient } from '@slack/web-api';
import { check, done, refused } from './check.mjs';

const { SLACK_API_URL: slackApiUrl, SLACK_TOKEN, SLACK_CHANNEL, SOMEBODY } = process.env;
const logger = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => 'error', setName() {} };
const client = new WebClient(SLACK_TOKEN, { slackApiUrl, logger });

const me = await client.auth.test();
check('who we are', me.ok && /^U/.test(me.user_id) && /^T/.test(me.team_id), me);
check('scopes', me.response_metadata.scopes.includes('chat:write'), me.response_metadata);

const channels = [];
let pages = 0;
for await (const page of client.paginate('conversations.list', { types: 'public_channel,private_channel', limit: 1 })) {
  channels.push(...page.channels);
  pages++;
}
check('channels, page by page', channels.length > 1 && pages === channels.length, channels);
const channel = channels.find((c) => c.name === SLACK_CHANNEL);
check("the report's channel is private, and we are in it", channel?.is_private && channel?.is_member, channel);
const info = await client.conversations.info({ channel: channel.id });
check('a channel by its id', info.channel.name === SLACK_CHANNEL, info.channel);

const { user } = await client.users.lookupByEmail({ email: SOMEBODY });
check('somebody by address', /^U/.test(user.id) && user.deleted === false && user.profile.email === SOMEBODY, user);
check('the same by id', (await client.users.info({ user: user.id })).user.name === user.name);

const blocks = [
  { type: 'header', text: { type: 'plain_text', text: 'A header' } },
  { type: 'section', text: { type: 'mrkdwn', text: 'Bold *text* & <https://example.org|a link>' } },
];
const metadata = { event_type: 'a_trial', event_payload: { id: '1' } };
const posted = await client.chat.postMessage({ channel: channel.id, text: 'The text', blocks, metadata });
check('a message', posted.ok && posted.channel === channel.id && posted.message.text === 'The text' && posted.message.blocks.length === 2, posted);
const answer = await client.chat.postMessage({ channel: channel.id, text: 'An answer', thread_ts: posted.ts });
check('an answer in its thread', answer.message.thread_ts === posted.ts && answer.ts !== posted.ts, answer);
const direct = await client.chat.postMessage({ channel: user.id, text: 'To one alone' });
check('a direct message', /^D/.test(direct.channel), direct);

// More than the channel takes at once: the client waits as it is told to.
let limited = 0;
client.on('rate_limited', (seconds) => {
  limited++;
  check('how long to wait', seconds >= 1, seconds);
});
for (let i = 1; i <= 4; i++) await client.chat.postMessage({ channel: channel.id, text: `Message ${i}` });
check('the limit is told, and waited for', limited > 0, limited);

const error = async (what, promise) => (await refused(what, promise)).data ?? {};
const missing = await error('a missing scope', client.conversations.list({ types: 'im' }));
check('a missing scope', missing.error === 'missing_scope' && missing.needed === 'im:read' && /chat:write/.test(missing.provided), missing);
check('no such channel', (await error('no channel', client.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }))).error === 'channel_not_found');
check('nobody', (await error('nobody', client.users.lookupByEmail({ email: 'nobody@example.org' }))).error === 'users_not_found');
check('no text', (await error('no text', client.chat.postMessage({ channel: channel.id }))).error === 'no_text');
const bad = await error('blocks', client.chat.postMessage({ channel: user.id, text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] }));
check('a header that is too long', bad.error === 'invalid_blocks' && bad.response_metadata.messages.length > 0, bad);
check('a wrong token', (await error('token', new WebClient('xoxb-wrong', { slackApiUrl, logger }).auth.test())).error === 'invalid_auth');

done('@slack/web-api');
