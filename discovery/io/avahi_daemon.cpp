// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/avahi_daemon.hpp"

#include <set>

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <avahi-common/error.h>

#include "discovery/io/avahi_poll.hpp"
#include "discovery/io/avahi_values.hpp"

namespace muster::discovery {
namespace {

class DaemonAvahi final : public MdnsResponder {
 public:
  DaemonAvahi(asio::io_context& io, std::vector<PublishedService> services, Events events)
      : poll_(avahi_poll_on(io)), services_(std::move(services)), events_(std::move(events)) {}
  ~DaemonAvahi() override {
    if (client_ != nullptr) avahi_client_free(client_);  // with all that was made with it
  }
  DaemonAvahi(const DaemonAvahi&) = delete;

  /// An error of Avahi, or 0.
  [[nodiscard]] int open();
  void resolve(const ServiceKey& service) override;

 private:
  void client_changed(AvahiClient* client, AvahiClientState state);
  void publish(AvahiClient* client);
  [[nodiscard]] int browse();
  void fail_with(int error) { events_.failed(avahi_strerror(error)); }

  AvahiPoll poll_;
  std::vector<PublishedService> services_;
  Events events_;
  AvahiClient* client_ = nullptr;
  AvahiEntryGroup* group_ = nullptr;
  std::set<ServiceKey> resolving_;
};

DaemonAvahi& self_of(void* userdata) { return *static_cast<DaemonAvahi*>(userdata); }

int DaemonAvahi::open() {
  int error = 0;
  client_ = avahi_client_new(
      &poll_, AVAHI_CLIENT_IGNORE_USER_CONFIG,
      [](AvahiClient* client, AvahiClientState state, void* userdata) {
        self_of(userdata).client_changed(client, state);
      },
      this, &error);
  return client_ == nullptr ? error : browse();
}

/// Avahi calls this for the first time while the client is still being made.
void DaemonAvahi::client_changed(AvahiClient* client, AvahiClientState state) {
  switch (state) {
    case AVAHI_CLIENT_S_RUNNING:
      publish(client);
      break;
    case AVAHI_CLIENT_S_COLLISION:
    case AVAHI_CLIENT_S_REGISTERING:
      // The daemon takes another host name: our service names it and is published anew after that.
      if (group_ != nullptr) avahi_entry_group_reset(group_);
      break;
    case AVAHI_CLIENT_FAILURE:
      fail_with(avahi_client_errno(client));
      break;
    case AVAHI_CLIENT_CONNECTING:
      break;
  }
}

void DaemonAvahi::publish(AvahiClient* client) {
  if (group_ == nullptr) {
    group_ = avahi_entry_group_new(
        client,
        [](AvahiEntryGroup* group, AvahiEntryGroupState state, void* userdata) {
          if (state == AVAHI_ENTRY_GROUP_ESTABLISHED) self_of(userdata).events_.published();
          if (state == AVAHI_ENTRY_GROUP_COLLISION) {
            self_of(userdata).events_.failed("somebody has the same service name");
          }
          if (state == AVAHI_ENTRY_GROUP_FAILURE) {
            self_of(userdata).fail_with(avahi_client_errno(avahi_entry_group_get_client(group)));
          }
        },
        this);
  }
  if (group_ == nullptr) return fail_with(avahi_client_errno(client));
  if (avahi_entry_group_is_empty(group_) == 0) return;
  int error = 0;
  for (const auto& service : services_) {
    if (error < 0) break;
    const StringList txt = to_string_list(service.txt);
    error = avahi_entry_group_add_service_strlst(
        group_, service.interface_index, AVAHI_PROTO_UNSPEC, AVAHI_PUBLISH_NO_COOKIE,
        service.instance.c_str(), std::string{service_type}.c_str(), nullptr, nullptr, service.port,
        txt.get());
  }
  if (error >= 0) error = avahi_entry_group_commit(group_);
  if (error < 0) fail_with(error);
}

int DaemonAvahi::browse() {
  for (const auto& service : services_) {
    const auto* browser = avahi_service_browser_new(
        client_, service.interface_index, AVAHI_PROTO_UNSPEC, std::string{service_type}.c_str(),
        nullptr, AvahiLookupFlags{},
        [](AvahiServiceBrowser*, AvahiIfIndex interface, AvahiProtocol protocol,
           AvahiBrowserEvent event, const char* name, const char*, const char*,
           AvahiLookupResultFlags, void* userdata) {
          DaemonAvahi& self = self_of(userdata);
          const auto key = key_of(self.services_, interface, protocol, name);
          if (event == AVAHI_BROWSER_NEW && key) self.events_.appeared(*key);
          if (event == AVAHI_BROWSER_REMOVE && key) self.events_.gone(*key);
          if (event == AVAHI_BROWSER_FAILURE) self.events_.failed("browsing has failed");
        },
        this);
    if (browser == nullptr) return avahi_client_errno(client_);
  }
  return 0;
}

void DaemonAvahi::resolve(const ServiceKey& service) {
  if (client_ == nullptr || !resolving_.insert(service).second) return;
  const auto* resolver = avahi_service_resolver_new(
      client_, interface_of(services_, service.link), protocol_of(service),
      service.instance.c_str(), std::string{service_type}.c_str(), nullptr, protocol_of(service),
      AvahiLookupFlags{},
      [](AvahiServiceResolver* done, AvahiIfIndex interface, AvahiProtocol protocol,
         AvahiResolverEvent event, const char* name, const char*, const char*, const char*,
         const AvahiAddress* address, std::uint16_t port, AvahiStringList* txt,
         AvahiLookupResultFlags, void* userdata) {
        DaemonAvahi& self = self_of(userdata);
        const auto key = key_of(self.services_, interface, protocol, name);
        if (key) self.resolving_.erase(*key);
        if (event == AVAHI_RESOLVER_FOUND && key && address != nullptr) {
          self.events_.resolved(*key, to_resolved(*address, port, txt));
        }
        avahi_service_resolver_free(done);
      },
      this);
  if (resolver == nullptr) resolving_.erase(service);
}

}  // namespace

Result<std::unique_ptr<MdnsResponder>> open_avahi_daemon(asio::io_context& io,
                                                         std::vector<PublishedService> services,
                                                         MdnsResponder::Events events) {
  auto avahi = std::make_unique<DaemonAvahi>(io, std::move(services), std::move(events));
  if (const int error = avahi->open(); error < 0) return fail(avahi_strerror(error));
  return avahi;
}

}  // namespace muster::discovery
