// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/avahi_embedded.hpp"

#include <set>

#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-core/core.h>
#include <avahi-core/log.h>
#include <avahi-core/lookup.h>
#include <avahi-core/publish.h>
#include <fmt/format.h>

#include "discovery/io/avahi_poll.hpp"
#include "discovery/io/avahi_values.hpp"

namespace muster::discovery {
namespace {

class EmbeddedAvahi final : public MdnsResponder {
 public:
  EmbeddedAvahi(asio::io_context& io, std::vector<PublishedService> services, Events events)
      : poll_(avahi_poll_on(io)), services_(std::move(services)), events_(std::move(events)) {}
  ~EmbeddedAvahi() override {
    if (server_ != nullptr) avahi_server_free(server_);  // with all that was made with it
  }
  EmbeddedAvahi(const EmbeddedAvahi&) = delete;

  /// An error of Avahi, or 0.
  [[nodiscard]] int open(const std::string& host);
  void resolve(const ServiceKey& service) override;

 private:
  void server_changed(AvahiServer* server, AvahiServerState state);
  void publish(AvahiServer* server);
  [[nodiscard]] int add_to_group(AvahiServer* server, const PublishedService& service);
  [[nodiscard]] int browse();
  void fail_with(int error) { events_.failed(avahi_strerror(error)); }

  AvahiPoll poll_;
  std::vector<PublishedService> services_;
  Events events_;
  AvahiServer* server_ = nullptr;
  AvahiSEntryGroup* group_ = nullptr;
  std::set<ServiceKey> resolving_;
};

EmbeddedAvahi& self_of(void* userdata) { return *static_cast<EmbeddedAvahi*>(userdata); }

StringList interface_names(const std::vector<PublishedService>& services) {
  std::vector<std::string> names;
  for (const auto& service : services) names.push_back(service.interface);
  return to_string_list(names);
}

int EmbeddedAvahi::open(const std::string& host) {
  AvahiServerConfig config;
  avahi_server_config_init(&config);
  avahi_free(config.host_name);
  config.host_name = avahi_strdup(host.c_str());
  config.allow_interfaces = interface_names(services_).release();
  // Of our addresses only those of the links, and without the reverse records: the machine's own
  // responder, if there is one, has these.
  config.publish_addresses = 0;
  config.publish_workstation = 0;
  config.publish_hinfo = 0;
  config.publish_domain = 0;
  config.enable_reflector = 0;
  config.enable_wide_area = 0;
  config.check_response_ttl = 1;  // what has crossed a router has less than 255
  config.allow_point_to_point = 1;
  int error = 0;
  server_ = avahi_server_new(
      &poll_, &config,
      [](AvahiServer* server, AvahiServerState state, void* userdata) {
        self_of(userdata).server_changed(server, state);
      },
      this, &error);
  avahi_server_config_free(&config);
  return server_ == nullptr ? error : browse();
}

/// Avahi calls this for the first time while the server is still being made.
void EmbeddedAvahi::server_changed(AvahiServer* server, AvahiServerState state) {
  switch (state) {
    case AVAHI_SERVER_RUNNING:
      publish(server);
      break;
    case AVAHI_SERVER_COLLISION:
      events_.failed("somebody has the same host name");
      break;
    case AVAHI_SERVER_FAILURE:
      fail_with(avahi_server_errno(server));
      break;
    case AVAHI_SERVER_REGISTERING:
    case AVAHI_SERVER_INVALID:
      break;
  }
}

void EmbeddedAvahi::publish(AvahiServer* server) {
  if (group_ != nullptr) return;
  group_ = avahi_s_entry_group_new(
      server,
      [](AvahiServer* of, AvahiSEntryGroup*, AvahiEntryGroupState state, void* userdata) {
        if (state == AVAHI_ENTRY_GROUP_ESTABLISHED) self_of(userdata).events_.published();
        if (state == AVAHI_ENTRY_GROUP_COLLISION) {
          self_of(userdata).events_.failed("somebody has the same service name");
        }
        if (state == AVAHI_ENTRY_GROUP_FAILURE) {
          self_of(userdata).fail_with(avahi_server_errno(of));
        }
      },
      this);
  if (group_ == nullptr) return fail_with(avahi_server_errno(server));
  int error = 0;
  for (const auto& service : services_) {
    if (error >= 0) error = add_to_group(server, service);
  }
  if (error >= 0) error = avahi_s_entry_group_commit(group_);
  if (error < 0) fail_with(error);
}

int EmbeddedAvahi::add_to_group(AvahiServer* server, const PublishedService& service) {
  for (const auto& address : service.addresses) {
    AvahiAddress record = to_avahi(address);
    const int error =
        avahi_server_add_address(server, group_, service.interface_index, AVAHI_PROTO_UNSPEC,
                                 AVAHI_PUBLISH_NO_REVERSE, nullptr, &record);
    if (error < 0) return error;
  }
  const StringList txt = to_string_list(service.txt);
  return avahi_server_add_service_strlst(
      server, group_, service.interface_index, AVAHI_PROTO_UNSPEC, AVAHI_PUBLISH_NO_COOKIE,
      service.instance.c_str(), std::string{service_type}.c_str(), nullptr, nullptr, service.port,
      txt.get());
}

int EmbeddedAvahi::browse() {
  for (const auto& service : services_) {
    const auto* browser = avahi_s_service_browser_new(
        server_, service.interface_index, AVAHI_PROTO_UNSPEC, std::string{service_type}.c_str(),
        nullptr, AvahiLookupFlags{},
        [](AvahiSServiceBrowser*, AvahiIfIndex interface, AvahiProtocol protocol,
           AvahiBrowserEvent event, const char* name, const char*, const char*,
           AvahiLookupResultFlags, void* userdata) {
          EmbeddedAvahi& self = self_of(userdata);
          const auto key = key_of(self.services_, interface, protocol, name);
          if (event == AVAHI_BROWSER_NEW && key) self.events_.appeared(*key);
          if (event == AVAHI_BROWSER_REMOVE && key) self.events_.gone(*key);
          if (event == AVAHI_BROWSER_FAILURE) self.fail_with(avahi_server_errno(self.server_));
        },
        this);
    if (browser == nullptr) return avahi_server_errno(server_);
  }
  return 0;
}

void EmbeddedAvahi::resolve(const ServiceKey& service) {
  if (server_ == nullptr || !resolving_.insert(service).second) return;
  const auto* resolver = avahi_s_service_resolver_new(
      server_, interface_of(services_, service.link), protocol_of(service),
      service.instance.c_str(), std::string{service_type}.c_str(), nullptr, protocol_of(service),
      AvahiLookupFlags{},
      [](AvahiSServiceResolver* done, AvahiIfIndex interface, AvahiProtocol protocol,
         AvahiResolverEvent event, const char* name, const char*, const char*, const char*,
         const AvahiAddress* address, std::uint16_t port, AvahiStringList* txt,
         AvahiLookupResultFlags, void* userdata) {
        EmbeddedAvahi& self = self_of(userdata);
        const auto key = key_of(self.services_, interface, protocol, name);
        if (key) self.resolving_.erase(*key);
        if (event == AVAHI_RESOLVER_FOUND && key && address != nullptr) {
          self.events_.resolved(*key, to_resolved(*address, port, txt));
        }
        // Not before: the answer is the resolver's, and its last owner once it has left the cache.
        avahi_s_service_resolver_free(done);
      },
      this);
  if (resolver == nullptr) resolving_.erase(service);
}

}  // namespace

Result<std::unique_ptr<MdnsResponder>> open_embedded_avahi(asio::io_context& io,
                                                           std::vector<PublishedService> services,
                                                           const std::string& host,
                                                           MdnsResponder::Events events) {
  // What Avahi would print is told by its return values too.
  avahi_set_log_function([](AvahiLogLevel, const char*) {});
  auto avahi = std::make_unique<EmbeddedAvahi>(io, std::move(services), std::move(events));
  if (const int error = avahi->open(host); error < 0) return fail(avahi_strerror(error));
  return avahi;
}

}  // namespace muster::discovery
