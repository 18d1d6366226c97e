//! Captures of what went over a network.

pub mod pcap;
pub mod pcap_http;
pub mod pcap_packet;
pub mod pcap_stream;
