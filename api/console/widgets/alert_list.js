// What deserves notice, as buttons.
export default {
  template: `
    <div>
      <div v-if="!items.length" class="yz-soft">{{ none }}</div>
      <ul class="yz-alerts">
        <li v-for="item in items" :key="item.id">
          <button type="button" :class="['yz-alert', 'yz-state-' + item.state]" @click="$emit('pick', { kind: 'visit', id: item.id })">
            <span class="yz-sign" aria-hidden="true">{{ item.sign }}</span>
            <span><span class="yz-strong">{{ item.title }}</span><span class="yz-small">{{ item.text }}</span></span>
          </button>
        </li>
      </ul>
      <div v-if="more" class="yz-soft">{{ more }}</div>
    </div>`,
  props: { items: Array, none: String, more: String },
};
